#include "turnpike/base/check.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "turnpike/base/check_witness.hpp"

namespace turnpike {
namespace {

std::atomic<CheckWitness> the_witness = nullptr;

}  // namespace

void set_check_witness(CheckWitness witness) { the_witness = witness; }

[[gnu::cold]] void fail_check(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, expression);
  if (const CheckWitness witness = the_witness) witness(expression, file, line);
  std::abort();
}

}  // namespace turnpike
