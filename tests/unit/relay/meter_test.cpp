// Byte budgets.
#include "turnpike/relay/meter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace turnpike::relay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const TimePoint kStart{seconds(5000)};

std::size_t admitted(Meters& meters, MeterId id, std::size_t size, int times, TimePoint now) {
  std::size_t bytes = 0;
  for (int i = 0; i < times; ++i) bytes += meters.admit(id, size, now) ? size : 0;
  return bytes;
}

TEST(Meters, one_seconds_bytes_at_once_and_then_the_rate_TURN_GEN_07) {
  Meters meters(100'000, 4);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 100'000U);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart + milliseconds(100)), 10'000U);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart + seconds(100)),
            100'000U);  // what was not used is not saved up
}

TEST(Meters, rates_change_at_once) {
  Meters meters(0, 4);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 500'000U);
  meters.set_rates(100'000, 0);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 100'000U);
  meters.set_rates(0, 0);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 500'000U);
  meters.put_in_room(1, 2);
  meters.put_in_room(3, 2);
  meters.set_rates(0, 10'000);
  EXPECT_TRUE(meters.limits_rooms());
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart) + admitted(meters, 3, 1000, 500, kStart), 10'000U);
}

TEST(Meters, budgets_are_apart) {
  Meters meters(100'000, 4);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 100'000U);
  for (const MeterId id : {2U, 3U, 4U}) EXPECT_EQ(admitted(meters, id, 1000, 500, kStart), 100'000U);
}

TEST(Meters, a_refused_packet_costs_nothing) {
  Meters meters(1000, 1);
  EXPECT_EQ(admitted(meters, 1, 900, 1, kStart), 900U);
  EXPECT_FALSE(meters.admit(1, 200, kStart));
  EXPECT_TRUE(meters.admit(1, 100, kStart));
  EXPECT_FALSE(meters.admit(1, 1, kStart));
}

TEST(Meters, what_carries_next_to_nothing_costs_as_much_as_its_headers) {
  const struct {
    std::size_t size;
    int admitted;  // of a budget of 10 headers
  } table[] = {{0, 10}, {1, 10}, {27, 10}, {28, 10}, {29, 9}, {280, 1}};
  for (const auto& [size, expected] : table) {
    Meters meters(10 * Meters::kPayloadMin, 1, 10 * Meters::kPayloadMin);
    meters.put_in_room(1, 1);
    int count = 0;
    while (meters.admit(1, size, kStart)) ++count;
    EXPECT_EQ(count, expected) << size;
  }
}

TEST(Meters, of_one_memory_have_one_budget_and_one_rate) {
  std::array<UserBudget, 3> users;
  std::array<RoomBudget, 3> rooms;
  ByteRates rates;
  const BudgetMemory memory{users, rooms, &rates};
  Meters one({1000, 0}, memory), other({1000, 0}, memory);
  EXPECT_EQ(admitted(one, 1, 100, 7, kStart), 700U);
  EXPECT_EQ(admitted(other, 1, 100, 7, kStart), 300U);
  EXPECT_EQ(admitted(other, 2, 100, 70, kStart), 1000U);
  one.put_in_room(1, 2);
  other.put_in_room(2, 2);
  one.set_rates(0, 500);
  EXPECT_TRUE(other.limits_rooms());
  EXPECT_EQ(admitted(one, 1, 100, 3, kStart), 300U);
  EXPECT_EQ(admitted(other, 2, 100, 7, kStart), 200U);
  EXPECT_EQ(users[1].full_at_ns, (kStart + seconds(1)).time_since_epoch().count());
  EXPECT_EQ(rooms[2].full_at_ns, (kStart + seconds(1)).time_since_epoch().count());
}

TEST(Meters, visitors_have_a_rate_in_place_of_the_users) {
  const struct {
    ByteRates rates;
    std::size_t of_user, of_visitor;
  } table[] = {{{.per_visitor = 5000, .visitors_from = 3}, 20'000, 5000},
               {{.per_user = 8000, .per_visitor = 5000, .visitors_from = 3}, 8000, 5000},
               {{.per_user = 8000, .visitors_from = 3}, 8000, 20'000}};
  for (const auto& [rates, of_user, of_visitor] : table) {
    Meters meters(rates, 4);
    for (const MeterId id : {1U, 2U}) EXPECT_EQ(admitted(meters, id, 1000, 20, kStart), of_user);
    for (const MeterId id : {3U, 4U}) EXPECT_EQ(admitted(meters, id, 1000, 20, kStart), of_visitor);
    EXPECT_EQ(admitted(meters, 0, 1000, 20, kStart), 20'000U);
  }
}

TEST(Meters, a_share_is_rounded_down_but_is_never_no_limit) {
  const struct {
    std::uint64_t rate;
    Share share;
    std::uint64_t expected;
  } table[] = {{100'000, 0, 100'000},
               {100'000, kWhole, 100'000},
               {100'000, kWhole / 2, 50'000},
               {100'001, kWhole / 2, 50'000},
               {100'000, 1, 1},
               {1, 1, 1},
               {0, 1, 0},
               {UINT64_MAX, kWhole, UINT64_MAX},
               {UINT64_MAX, kWhole / 4, UINT64_MAX / 4}};
  for (const auto& [rate, share, expected] : table)
    EXPECT_EQ(share_of(rate, share), expected) << rate << " " << share;
}

TEST(Meters, a_share_is_of_one_user_or_room_and_of_whatever_the_rate_is) {
  Meters meters(100'000, 3, 80'000);
  meters.put_in_room(3, 2);
  meters.set_share_of_user(1, kWhole / 4);
  meters.set_share_of_room(2, kWhole / 8);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 25'000U);
  EXPECT_EQ(admitted(meters, 2, 1000, 500, kStart), 100'000U);
  EXPECT_EQ(admitted(meters, 3, 1000, 500, kStart), 10'000U);
  meters.set_rates(200'000, 160'000);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart + seconds(2)), 50'000U);
  EXPECT_EQ(admitted(meters, 3, 1000, 500, kStart + seconds(2)), 20'000U);
  meters.set_share_of_user(1, 0);
  meters.set_share_of_room(2, 0);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart + seconds(4)), 200'000U);
  EXPECT_EQ(admitted(meters, 3, 1000, 500, kStart + seconds(4)), 160'000U);
  meters.set_share_of_user(4, 1);  // there is none
  meters.set_share_of_room(4, 1);
}

TEST(Meters, what_is_taken_is_counted_when_somebody_asks) {
  Meters meters(100'000, 3, 80'000);
  meters.put_in_room(1, 2);
  meters.put_in_room(2, 2);
  admitted(meters, 1, 1000, 10, kStart);
  EXPECT_EQ(meters.taken_by(1, kStart), Taken{});
  meters.count_taken(true);
  admitted(meters, 1, 1000, 10, kStart);
  admitted(meters, 2, 1, 1, kStart);
  EXPECT_EQ(meters.taken_by(1, kStart), (Taken{10'000, false}));
  EXPECT_EQ(meters.taken_by(2, kStart), (Taken{Meters::kPayloadMin, false}));
  EXPECT_EQ(meters.taken_in(2, kStart), (Taken{10'000 + Meters::kPayloadMin, false}));
  admitted(meters, 2, 1000, 500, kStart);
  EXPECT_EQ(meters.taken_by(2, kStart).bytes, 59'000U + Meters::kPayloadMin)
      << "what the room refuses is not";
  EXPECT_TRUE(meters.taken_in(2, kStart).is_nearly_all);
  EXPECT_FALSE(meters.taken_in(2, kStart + milliseconds(260)).is_nearly_all);
  EXPECT_EQ(meters.taken_in(1, kStart), Taken{});
  EXPECT_EQ(meters.taken_by(9, kStart), Taken{}) << "there is none";
  meters.count_taken(false);
  admitted(meters, 1, 1000, 1, kStart + seconds(9));
  EXPECT_EQ(meters.taken_by(1, kStart).bytes, 10'000U);
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
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { bytes += admitted(meters, 1, 100, 20'000, kStart); });
  threads.clear();
  EXPECT_EQ(bytes, 1'000'000U);
}

TEST(Meters, the_users_of_a_room_share_its_budget_and_other_rooms_have_their_own_TURN_GEN_07) {
  Meters meters(0, 4, 100'000);
  for (const MeterId id : {1U, 2U}) meters.put_in_room(id, 1);
  meters.put_in_room(3, 2);
  EXPECT_EQ(admitted(meters, 1, 1000, 70, kStart), 70'000U);
  EXPECT_EQ(admitted(meters, 2, 1000, 70, kStart), 30'000U);
  EXPECT_EQ(admitted(meters, 3, 1000, 500, kStart), 100'000U);
  EXPECT_EQ(admitted(meters, 4, 1000, 500, kStart), 500'000U) << "in no room";
  EXPECT_EQ(admitted(meters, 0, 1000, 500, kStart), 500'000U) << "without a meter";
}

TEST(Meters, a_user_who_moves_counts_where_they_are) {
  Meters meters(0, 2, 100'000);
  meters.put_in_room(1, 1);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 100'000U);
  meters.put_in_room(1, 2);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 100'000U);
  meters.put_in_room(1, 0);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 500'000U);
}

TEST(Meters, both_limits_hold_and_what_the_room_refuses_costs_the_user_nothing) {
  Meters meters(50'000, 3, 80'000);
  for (const MeterId id : {1U, 2U}) meters.put_in_room(id, 1);
  EXPECT_EQ(admitted(meters, 1, 1000, 500, kStart), 50'000U);
  EXPECT_EQ(admitted(meters, 2, 1000, 500, kStart), 30'000U);
  meters.put_in_room(2, 2);
  EXPECT_EQ(admitted(meters, 2, 1000, 500, kStart), 20'000U);
}

}  // namespace
}  // namespace turnpike::relay
