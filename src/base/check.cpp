#include "turnpike/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace turnpike {

[[gnu::cold]] void fail_check(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, expression);
  std::abort();
}

}  // namespace turnpike
