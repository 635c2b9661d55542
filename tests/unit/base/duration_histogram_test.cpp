// Durations fall into their ranges, and histograms add up.
#include "turnpike/base/duration_histogram.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace turnpike {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(DurationHistogram, the_bounds_go_from_ten_microseconds_to_ten_seconds_in_steps_of_1_2_5_and_5) {
  const auto& bounds = DurationHistogram::kBounds;
  EXPECT_EQ(bounds[0], microseconds(10));
  EXPECT_EQ(bounds[1], microseconds(25));
  EXPECT_EQ(bounds[2], microseconds(50));
  EXPECT_EQ(bounds[17], seconds(5));
  EXPECT_EQ(bounds[18], seconds(10));
  EXPECT_TRUE(std::ranges::is_sorted(bounds));
}

TEST(DurationHistogram, a_duration_is_counted_in_the_range_that_it_ends) {
  struct Case {
    Duration duration;
    std::size_t range;
  };
  for (const auto& [duration, range] :
       {Case{nanoseconds(-5), 0}, Case{nanoseconds(0), 0}, Case{microseconds(10), 0},
        Case{microseconds(10) + nanoseconds(1), 1}, Case{microseconds(25), 1}, Case{seconds(10), 18},
        Case{seconds(10) + nanoseconds(1), 19}, Case{seconds(3600), 19}}) {
    DurationHistogram histogram;
    histogram.add(duration);
    EXPECT_EQ(histogram.counts()[range], 1U) << duration.count();
    EXPECT_EQ(histogram.count(), 1U);
    EXPECT_EQ(histogram.sum(), std::max(duration, Duration::zero()));
  }
}

TEST(DurationHistogram, two_add_up) {
  DurationHistogram one, other;
  one.add(microseconds(10));
  one.add(seconds(1));
  other.add(microseconds(20));
  one += other;
  EXPECT_EQ(one.count(), 3U);
  EXPECT_EQ(one.counts()[0], 1U);
  EXPECT_EQ(one.counts()[1], 1U);
  EXPECT_EQ(one.sum(), seconds(1) + microseconds(30));
}

}  // namespace
}  // namespace turnpike
