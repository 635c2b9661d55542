// The two clocks.
#include "turnpike/net/clock.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace turnpike::net {
namespace {

TEST(Clock, runs_on_clock_monotonic_and_tells_the_date) {
  timespec monotonic;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  const UnixSeconds date = std::time(nullptr);
  const Now first = read_clock();
  const Now second = read_clock();
  EXPECT_GE(first.monotonic.time_since_epoch(),
            std::chrono::seconds(monotonic.tv_sec) + std::chrono::nanoseconds(monotonic.tv_nsec));
  EXPECT_GE(second.monotonic, first.monotonic);
  EXPECT_LT(second.monotonic - first.monotonic, std::chrono::seconds(10));
  EXPECT_GE(first.unix_s, date);
  EXPECT_LE(first.unix_s, date + 10);
}

}  // namespace
}  // namespace turnpike::net
