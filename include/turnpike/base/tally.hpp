// Counts how often each value of an enum was seen.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace turnpike {

// Holds one count for each value of Enum, which are 0 to size - 1.
template <class Enum, std::size_t size>
class Tally {
 public:
  void add(Enum value, std::uint64_t count = 1) { counts_[static_cast<std::size_t>(value)] += count; }
  std::uint64_t of(Enum value) const { return counts_[static_cast<std::size_t>(value)]; }
  std::uint64_t sum() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return sum;
  }

  Tally& operator+=(const Tally& other) {
    for (std::size_t i = 0; i < size; ++i) counts_[i] += other.counts_[i];
    return *this;
  }
  bool operator==(const Tally&) const = default;

 private:
  std::array<std::uint64_t, size> counts_{};
};

}  // namespace turnpike
