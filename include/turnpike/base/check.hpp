// TURNPIKE_CHECK: aborts unless the expression holds. Used where a failure means that the process's own state
// is wrong. Checked in every build.
#pragma once

namespace turnpike {

// Writes the expression and its place to standard error, calls the CheckWitness and aborts.
[[noreturn]] void fail_check(const char* expression, const char* file, int line);

}  // namespace turnpike

#define TURNPIKE_CHECK(expression) \
  (static_cast<bool>(expression) ? void() : ::turnpike::fail_check(#expression, __FILE__, __LINE__))
