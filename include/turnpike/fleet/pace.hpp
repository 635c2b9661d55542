// How much is asked of Redis at one time, by how fast it answers.
#pragma once

#include <algorithm>
#include <cstddef>

#include "turnpike/base/time.hpp"

namespace turnpike::fleet {

// When all nodes read everything at once, each waits for all the others. So a node begins with little, asks
// for twice as much when an answer was quick, and for half when it was not: one that comes back alone has
// read all in a few ways there and back, and a thousand do not keep each other waiting for so long that they
// take Redis for gone. Not thread-safe.
class Pace {
 public:
  static constexpr Duration kQuick = std::chrono::milliseconds(300);  // more than around the world
  static constexpr Duration kSlow = std::chrono::milliseconds(500);

  constexpr Pace(std::size_t least, std::size_t most) : least_(least), most_(most), size_(least) {}

  constexpr std::size_t size() const { return size_; }
  constexpr void on_answer(Duration took) {
    if (took < kQuick) size_ = std::min(2 * size_, most_);
    if (took > kSlow) size_ = std::max(size_ / 2, least_);
  }
  // Of another connection nothing is known.
  constexpr void reset() { size_ = least_; }

 private:
  std::size_t least_, most_, size_;
};

// Keys of a page of SCAN, and keys of which values are asked for without an answer yet.
constexpr Pace pace_of_pages() { return {512, 2048}; }
constexpr Pace pace_of_values() { return {128, 512}; }

}  // namespace turnpike::fleet
