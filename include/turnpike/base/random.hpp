// Randomness as an injected source: OpenSSL's generator in the server, a seed in the simulator.
#pragma once

#include <cstdint>

#include "turnpike/base/bytes.hpp"

namespace turnpike {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) = 0;

  std::uint32_t u32();
  std::uint64_t u64();
  // Uniform in [0, bound), without modulo bias; `bound` must not be 0.
  std::uint32_t below(std::uint32_t bound);
};

// Repeats itself for the same seed: for tests and the simulator, never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(MutableBytes out) override;

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

}  // namespace turnpike
