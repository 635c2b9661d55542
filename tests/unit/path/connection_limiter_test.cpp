// So many connections an address, counted from several threads.
#include "turnpike/path/connection_limiter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace turnpike::path {
namespace {

const IpAddress kAlice = IpAddress::v4(192, 0, 2, 1);
const IpAddress kBob = IpAddress::v4(192, 0, 2, 2);

bool is_full(ConnectionLimiter& limiter, const IpAddress& address) {
  return limiter.acquire(address).has_value();
}

TEST(ConnectionLimiter, each_address_has_its_own_places) {
  ConnectionLimiter limiter({.per_address = 2});
  EXPECT_FALSE(is_full(limiter, kAlice));
  EXPECT_FALSE(is_full(limiter, kAlice));
  EXPECT_TRUE(is_full(limiter, kAlice));
  EXPECT_FALSE(is_full(limiter, kBob));
  limiter.release(kAlice, true);
  EXPECT_FALSE(is_full(limiter, kAlice));
  EXPECT_TRUE(is_full(limiter, kAlice));
}

TEST(ConnectionLimiter, an_address_that_was_refused_takes_no_place) {
  ConnectionLimiter limiter({.per_address = 1});
  EXPECT_FALSE(is_full(limiter, kAlice));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(is_full(limiter, kAlice));
  limiter.release(kAlice, true);
  EXPECT_FALSE(is_full(limiter, kAlice));
}

TEST(ConnectionLimiter, other_limits_hold_for_those_that_come) {
  ConnectionLimiter limiter({.per_address = 2});
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(is_full(limiter, kAlice));
  limiter.set_limits({.per_address = 1});
  limiter.release(kAlice, true);
  EXPECT_TRUE(is_full(limiter, kAlice));
  EXPECT_FALSE(is_full(limiter, kBob));
  limiter.set_limits({.per_address = 3});
  EXPECT_FALSE(is_full(limiter, kAlice));
}

TEST(ConnectionLimiter, a_limit_that_comes_later_counts_those_that_are_there) {
  ConnectionLimiter limiter({.per_address = 0});
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(is_full(limiter, kAlice));
  limiter.set_limits({.per_address = 2});
  EXPECT_TRUE(is_full(limiter, kAlice));
  limiter.release(kAlice, true);
  limiter.release(kAlice, true);
  EXPECT_FALSE(is_full(limiter, kAlice));
}

TEST(ConnectionLimiter, a_limit_that_was_away_for_a_while_counts_nobody_who_has_gone) {
  ConnectionLimiter limiter({.per_address = 1});
  EXPECT_FALSE(is_full(limiter, kAlice));
  limiter.set_limits({.per_address = 0});
  limiter.release(kAlice, true);
  limiter.set_limits({.per_address = 1});
  EXPECT_FALSE(is_full(limiter, kAlice));
}

TEST(ConnectionLimiter, those_that_are_passed_on_have_descriptors_of_their_own) {
  ConnectionLimiter limiter({.passed_descriptors = 7});
  EXPECT_TRUE(limiter.pass(3));
  EXPECT_TRUE(limiter.pass(3));
  EXPECT_FALSE(limiter.pass(3));
  EXPECT_TRUE(limiter.pass(1));
  limiter.end_passed(3);
  EXPECT_TRUE(limiter.pass(3));
  EXPECT_FALSE(is_full(limiter, kAlice)) << "others have theirs";
  ConnectionLimiter unlimited({});
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(unlimited.pass(3));
}

TEST(ConnectionLimiter, zero_is_no_limit) {
  ConnectionLimiter limiter({.per_address = 0});
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(is_full(limiter, kAlice));
  limiter.release(kAlice, true);
}

TEST(ConnectionLimiter, of_IPv6_a_64_is_one_address_and_a_48_is_four) {
  ConnectionLimiter limiter({.per_address = 10});
  int admitted = 0;
  for (int subnet = 0; subnet < 8; ++subnet) {
    int of_subnet = 0;
    for (int host = 1; host <= 100; ++host) {
      const auto address = IpAddress::parse(fmt::format("2001:db8:7:{}::{}", subnet, host));
      of_subnet += is_full(limiter, *address) ? 0 : 1;
    }
    EXPECT_LE(of_subnet, 10);
    admitted += of_subnet;
  }
  EXPECT_EQ(admitted, 40);
  EXPECT_FALSE(is_full(limiter, *IpAddress::parse("2001:db8:8::1"))) << "another site";
  limiter.release(*IpAddress::parse("2001:db8:7::1"), true);
  EXPECT_FALSE(is_full(limiter, *IpAddress::parse("2001:db8:7::ffff")));
}

TEST(ConnectionLimiter, strangers_have_half_of_all_and_clients_the_rest) {
  using Full = ConnectionLimiter::Full;
  ConnectionLimiter limiter({.in_all = 4});
  EXPECT_EQ(limiter.acquire(kAlice), std::nullopt);
  EXPECT_EQ(limiter.acquire(kAlice), std::nullopt);
  EXPECT_EQ(limiter.acquire(kAlice), Full::strangers);
  for (int i = 0; i < 2; ++i) {
    limiter.become(false);
    EXPECT_EQ(limiter.acquire(kBob), std::nullopt) << i;
  }
  EXPECT_EQ(limiter.acquire(kBob), Full::in_all);
  limiter.release(kAlice, false);
  EXPECT_EQ(limiter.acquire(kBob), Full::strangers);
  limiter.release(kBob, true);
  EXPECT_EQ(limiter.acquire(kBob), std::nullopt);
}

TEST(ConnectionLimiter, tells_how_many_there_are_and_how_many_of_them_are_strangers) {
  using Counts = ConnectionLimiter::Counts;
  ConnectionLimiter limiter({});
  const IpAddress address = IpAddress::v4(192, 0, 2, 1);
  EXPECT_EQ(limiter.counts(), Counts{});
  for (int i = 0; i < 3; ++i) limiter.acquire(address);
  limiter.become(false);
  EXPECT_EQ(limiter.counts(), (Counts{3, 2}));
  limiter.release(address, false);
  EXPECT_EQ(limiter.counts(), (Counts{2, 2}));
}

TEST(ConnectionLimiter, tells_what_keeps_newcomers_out) {
  const TimePoint now(std::chrono::hours(1));
  ConnectionLimiter limiter({.in_all = 2});
  EXPECT_FALSE(is_full(limiter, kAlice));
  EXPECT_EQ(limiter.obstacle(now), "") << "strangers are full, clients are not";
  limiter.become(false);
  EXPECT_FALSE(is_full(limiter, kAlice));
  EXPECT_EQ(limiter.obstacle(now), "connections_full");
  limiter.note_starved(now);
  EXPECT_EQ(limiter.obstacle(now), "out_of_descriptors");
  limiter.release(kAlice, true);
  EXPECT_EQ(limiter.obstacle(now + std::chrono::seconds(1)), "");
}

TEST(ConnectionLimiter, threads_together_get_no_more_than_the_limit) {
  ConnectionLimiter limiter({.per_address = 50});
  std::vector<int> granted(4);
  std::vector<std::thread> threads;
  for (int& own : granted) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        if (!is_full(limiter, kBob)) limiter.release(kBob, true);
        own += is_full(limiter, kAlice) ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(granted[0] + granted[1] + granted[2] + granted[3], 50);
}

}  // namespace
}  // namespace turnpike::path
