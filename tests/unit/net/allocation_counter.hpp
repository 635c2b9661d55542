// Counts what this test program takes from the heap with operator new.
#pragma once

#include <cstdint>

namespace turnpike::net {

std::uint64_t allocations_so_far();

}  // namespace turnpike::net
