// Random decisions of the simulation, all from one seed.
#pragma once

#include <cstdint>

#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::sim {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  Random& random() { return random_; }
  std::uint32_t below(std::size_t bound) { return random_.below(static_cast<std::uint32_t>(bound)); }
  bool chance(std::uint32_t permille) { return below(1000) < permille; }
  Duration between(Duration low, Duration high) {
    const auto span = std::chrono::duration_cast<std::chrono::microseconds>(high - low);
    return low + std::chrono::microseconds(below(static_cast<std::size_t>(span.count()) + 1));
  }
  template <class List>
  auto& pick(List& list) {
    return list[below(std::size(list))];
  }
  template <class Entries>
  const auto& pick_weighted(const Entries& entries) {
    std::uint32_t total = 0;
    for (const auto& entry : entries) total += entry.weight;
    std::uint32_t draw = below(total);
    const auto* chosen = std::data(entries);
    while (draw >= chosen->weight) draw -= (chosen++)->weight;
    return *chosen;
  }

 private:
  SeededRandom random_;
};

}  // namespace turnpike::sim
