// Byte budgets.
#include "turnpike/relay/meter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace turnpike::relay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart{seconds(5000)};

std::size_t admitted(Meters& meters, turn::MeterId id, std::size_t size, int times, TimePoint now) {
  std::size_t bytes = 0;
  for (int i = 0; i < times; ++i) bytes += meters.admit(id, size, now) ? size : 0;
  return bytes;
}

TEST(Meters, TURN_GEN_07_one_seconds_bytes_at_once_and_then_the_rate) {
  Meters meters(100'000, 4);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 100'000U);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart + milliseconds(100)), 10'000U);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart + seconds(100)), 100'000U);  // what was not used is not saved up
}

TEST(Meters, budgets_are_apart) {
  Meters meters(100'000, 4);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 100'000U);
  for (const turn::MeterId id : {2U, 3U, 4U}) EXPECT_EQ(admitted(meters, id, 1000, 500, kStart), 100'000U);
}

TEST(Meters, a_refused_packet_costs_nothing_and_an_empty_one_passes) {
  Meters meters(1000, 1);
  EXPECT_EQ(admitted(meters, 1, 900, 1, kStart), 900U);
  EXPECT_FALSE(meters.admit(1, 200, kStart));
  EXPECT_TRUE(meters.admit(1, 100, kStart));
  EXPECT_TRUE(meters.admit(1, 0, kStart));
  EXPECT_FALSE(meters.admit(1, 1, kStart));
}

TEST(Meters, without_a_limit_or_an_id_everything_passes) {
  Meters unlimited(0, 4);
  EXPECT_EQ(admitted(unlimited, 1, 65535, 1000, kStart), 65'535'000U);
  Meters meters(1, 4);
  EXPECT_EQ(admitted(meters, 0, 65535, 1000, kStart), 65'535'000U);
}

TEST(Meters, the_rate_of_a_fast_network_does_not_overflow) {
  Meters meters(12'500'000'000, 1);  // 100 Gbit/s
  EXPECT_NEAR(static_cast<double>(admitted(meters, 1, 65535, 400'000, kStart)), 12.5e9, 12.5e6);
}

TEST(Meters, threads_share_one_budget) {
  Meters meters(1'000'000, 1);
  std::atomic<std::size_t> bytes = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { bytes += admitted(meters, 1, 100, 20'000, kStart); });
  threads.clear();
  EXPECT_EQ(bytes, 1'000'000U);
}

}  // namespace
}  // namespace turnpike::relay
