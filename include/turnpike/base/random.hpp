// Randomness as an injected source: OpenSSL's generator in the server, a seed in the simulator.
#pragma once

#include <cstdint>

#include "turnpike/base/bytes.hpp"

namespace turnpike {

// Makes random bytes. Not thread-safe: each thread has its own.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;

  std::uint32_t u32();
  std::uint64_t u64();
  // Returns a number in [0, bound), uniform and without modulo bias. A `bound` of 0 ends the program.
  std::uint32_t below(std::uint32_t bound);
};

// Makes the same bytes for the same seed: for tests and the simulator, never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override;

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

}  // namespace turnpike
