// How long one waits before another attempt.
#include "turnpike/redis/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace turnpike::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The longest and the shortest of many, each the last one of so many failures.
std::pair<Duration, Duration> range_after(int failures, Duration lasted) {
  SeededRandom random(1);
  std::pair<Duration, Duration> range{Duration::max(), Duration::min()};
  for (int i = 0; i < 1000; ++i) {
    Backoff backoff(random);
    for (int k = 1; k < failures; ++k) backoff.after(Duration::zero());
    const Duration wait = backoff.after(lasted);
    range = {std::min(range.first, wait), std::max(range.second, wait)};
  }
  return range;
}

TEST(Backoff, is_anything_up_to_a_bound_that_doubles_and_has_an_end) {
  const struct {
    int failures;
    Duration lasted;
    Duration bound;
  } cases[] = {
      {1, Duration::zero(), milliseconds(100)},  {2, Duration::zero(), milliseconds(200)},
      {5, Duration::zero(), milliseconds(1600)}, {7, Duration::zero(), seconds(5)},
      {100, Duration::zero(), seconds(5)},       {100, seconds(1), seconds(5)},
      {100, seconds(5), milliseconds(100)},
  };
  for (const auto& c : cases) {
    const auto [shortest, longest] = range_after(c.failures, c.lasted);
    EXPECT_LT(shortest, c.bound / 50);
    EXPECT_GT(longest, c.bound - c.bound / 50);
    EXPECT_LE(longest, c.bound);
  }
}

}  // namespace
}  // namespace turnpike::redis
