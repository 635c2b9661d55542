// TURNPIKE_CHECK: what must hold or the process is wrong about its own state. Checked in every build.
#pragma once

namespace turnpike {

// Writes the expression and where it stands to standard error, and aborts.
[[noreturn]] void fail_check(const char* expression, const char* file, int line);

}  // namespace turnpike

#define TURNPIKE_CHECK(expression) \
  (static_cast<bool>(expression) ? void() : ::turnpike::fail_check(#expression, __FILE__, __LINE__))
