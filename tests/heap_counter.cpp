// The program's operator new, which counts. In a file of its own: inlined, GCC takes malloc and delete for a
// mismatch.
#include "heap_counter.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> uses = 0;

}  // namespace

std::uint64_t turnpike::test::heap_uses() { return uses.load(); }

void* operator new(std::size_t size) {
  ++uses;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

// Of the standard library's own choice where it can do with less memory, as std::stable_sort.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++uses;
  return std::malloc(size == 0 ? 1 : size);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
