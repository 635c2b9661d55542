// Counts durations by ranges, which are the same for everything that is measured.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "turnpike/base/time.hpp"

namespace turnpike {

// A value that adds up with others of its kind.
//
//        10 us   25 us   50 us  ...   10 s
//   count |  count |  count |  ... count | count of what is longer
class DurationHistogram {
 public:
  // Upper bounds of the ranges, included in them.
  static constexpr std::array<Duration, 19> kBounds = [] {
    using std::chrono::microseconds;
    std::array<Duration, 19> bounds{};
    std::size_t next = 0;
    for (std::int64_t ten = 10; ten <= 1'000'000; ten *= 10) {
      bounds[next++] = microseconds(ten);
      bounds[next++] = microseconds(ten * 5 / 2);
      bounds[next++] = microseconds(ten * 5);
    }
    bounds[next] = std::chrono::seconds(10);
    return bounds;
  }();

  // Counts one duration. A negative one, as from a clock that was set back, counts as zero.
  void add(Duration duration) {
    duration = std::max(duration, Duration::zero());
    ++counts_[static_cast<std::size_t>(std::ranges::lower_bound(kBounds, duration) - kBounds.begin())];
    sum_ += duration;
  }
  // Returns one count for each range, and last the count of durations above every bound.
  const std::array<std::uint64_t, kBounds.size() + 1>& counts() const { return counts_; }
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const std::uint64_t count : counts_) all += count;
    return all;
  }
  Duration sum() const { return sum_; }

  DurationHistogram& operator+=(const DurationHistogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
    return *this;
  }
  bool operator==(const DurationHistogram&) const = default;

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  Duration sum_{};
};

}  // namespace turnpike
