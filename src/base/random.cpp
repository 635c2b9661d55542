#include "turnpike/base/random.hpp"

#include <cstring>

#include "turnpike/base/check.hpp"

namespace turnpike {

std::uint32_t Random::u32() {
  std::uint32_t value;
  fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
  return value;
}

std::uint64_t Random::u64() {
  std::uint64_t value;
  fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
  return value;
}

std::uint32_t Random::below(std::uint32_t bound) {
  TURNPIKE_CHECK(bound != 0);
  // Draws under `2^32 mod bound` would make small results likelier: draw again.
  const std::uint32_t biased_below = (0U - bound) % bound;
  std::uint32_t value;
  do value = u32();
  while (value < biased_below);
  return value % bound;
}

// splitmix64: one addition and three mixing steps.
std::uint64_t SeededRandom::next() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

void SeededRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    const std::uint64_t word = next();
    const std::size_t n = std::min(out.size(), sizeof word);
    std::memcpy(out.data(), &word, n);
    out = out.subspan(n);
  }
}

}  // namespace turnpike
