// What a budget of a rate holds, what it refuses, and when it is whole again.
#include "turnpike/base/gcra.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace turnpike {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kNow{seconds(5000)};

TEST(Gcra, takes_what_is_left_of_a_second_and_no_more) {
  const struct {
    const char* name;
    std::uint64_t per_second;
    Duration full_in;  // from now on
    std::uint64_t amount;
    std::optional<Duration> full_in_then;
  } cases[] = {
      {"one that was never used", 1000, -kNow.time_since_epoch(), 1, milliseconds(1)},
      {"a second's worth at once", 1000, seconds(-1), 1000, seconds(1)},
      {"more than that never", 1000, seconds(-3600), 1001, std::nullopt},
      {"just whole", 1000, seconds(0), 1000, seconds(1)},
      {"the rest", 1000, milliseconds(400), 600, seconds(1)},
      {"more than the rest", 1000, milliseconds(400), 601, std::nullopt},
      {"nothing is there even of an empty one", 1000, seconds(1), 0, seconds(1)},
      {"from an empty one", 1000, seconds(1), 1, std::nullopt},
      {"one a second", 1, Duration(0), 1, seconds(1)},
      {"one a second, a moment too early", 1, Duration(1), 1, std::nullopt},
      {"less than a nanosecond", 12'500'000'000, Duration(0), 12, Duration(0)},
      {"a datagram at 100 Gbit/s", 12'500'000'000, Duration(0), 65'535, Duration(5242)},
  };
  for (const auto& c : cases) {
    TimePoint budget = kNow + c.full_in;
    EXPECT_EQ(Gcra::take(budget, Gcra(c.per_second).cost(c.amount), kNow), c.full_in_then.has_value())
        << c.name;
    EXPECT_EQ(budget - kNow, c.full_in_then.value_or(c.full_in)) << c.name;
  }
}

TEST(Gcra, gives_its_rate_in_the_long_run) {
  const Gcra rate(250);
  TimePoint budget{};
  int taken = 0;
  for (int ms = 0; ms < 10'000; ++ms)
    taken += Gcra::take(budget, rate.cost(1), kNow + milliseconds(ms)) ? 1 : 0;
  EXPECT_EQ(taken, 250 + 2499);  // the first second's at once, and what came in until the last moment
}

}  // namespace
}  // namespace turnpike
