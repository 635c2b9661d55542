// Counts what the test program takes from the heap.
#pragma once

#include <cstddef>

namespace turnpike::test {

// Calls of operator new since the program began; only differences mean something.
std::size_t heap_uses();

}  // namespace turnpike::test
