// Counts what a test program takes from the heap with operator new.
#pragma once

#include <cstdint>

namespace turnpike::test {

// Calls of operator new since the program began; only differences mean something. A program that calls this
// counts, others do not.
std::uint64_t heap_uses();

}  // namespace turnpike::test
