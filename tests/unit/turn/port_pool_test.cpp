// The relay ports of one address: choice, pairs, quiet time, and that none is ever lost.
#include "turnpike/turn/port_pool.hpp"

#include <gtest/gtest.h>

#include <set>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;

constexpr Duration kQuiet = seconds(30);
const IpAddress kAddress = IpAddress::v4(203, 0, 113, 1);
const TimePoint kStart{seconds(1000)};

// Free, resting and leased ports are all there are.
void expect_none_lost(const PortPool& pool) {
  EXPECT_EQ(pool.ports_free() + pool.ports_resting() + pool.ports_leased(), pool.ports_total());
}

TEST(PortPool, gives_every_port_once_and_then_none) {
  SeededRandom random(1);
  PortPool pool(kAddress, {50000, 50009}, kQuiet);
  EXPECT_EQ(pool.ports_total(), 10U);
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 10; ++i) ports.insert(pool.lease(Parity::any, random, kStart).value());
  EXPECT_EQ(ports.size(), 10U);
  EXPECT_EQ(*ports.begin(), 50000);
  EXPECT_EQ(*ports.rbegin(), 50009);
  EXPECT_FALSE(pool.lease(Parity::any, random, kStart));
  expect_none_lost(pool);
}

TEST(PortPool, the_whole_port_space_and_a_single_port_are_ranges) {
  SeededRandom random(1);
  PortPool all(kAddress, {1024, 65535}, kQuiet);
  EXPECT_EQ(all.ports_free(), 64512U);
  for (std::size_t i = 0; i < 64512; ++i) ASSERT_TRUE(all.lease(Parity::any, random, kStart));
  EXPECT_FALSE(all.lease(Parity::any, random, kStart));
  EXPECT_TRUE(all.is_live(65535));
  EXPECT_FALSE(all.is_live(1023));

  PortPool one(kAddress, {65535, 65535}, kQuiet);
  EXPECT_FALSE(one.lease(Parity::even, random, kStart));
  EXPECT_FALSE(one.lease(Parity::pair, random, kStart));
  EXPECT_EQ(one.lease(Parity::any, random, kStart), 65535);
}

// RFC 6056. 10,000 draws over 100 ports: chi-square with 99 degrees of freedom is below 148.2 in 99.9 % of
// honest runs.
TEST(PortPool, S6_TURN_ALLOC_24_choice_is_uniform) {
  for (const Parity parity : {Parity::any, Parity::even, Parity::pair}) {
    SeededRandom random(3);
    PortPool pool(kAddress, {50000, parity == Parity::any ? std::uint16_t{50099} : std::uint16_t{50199}},
                  Duration{});
    std::array<int, 100> drawn{};
    for (int i = 0; i < 10'000; ++i) {
      const std::uint16_t port = pool.lease(parity, random, kStart).value();
      ++drawn[static_cast<std::size_t>(parity == Parity::any ? port - 50000 : (port - 50000) / 2)];
      pool.release(port, kStart);
      if (parity == Parity::pair) pool.release(static_cast<std::uint16_t>(port + 1), kStart);
    }
    double chi_square = 0;
    for (const int count : drawn) chi_square += (count - 100.0) * (count - 100.0) / 100.0;
    EXPECT_LT(chi_square, 148.2);
    EXPECT_GT(chi_square, 56.0);  // nor too even
  }
}

TEST(PortPool, an_even_port_is_even_and_a_pair_is_two_in_a_row) {
  SeededRandom random(1);
  PortPool pool(kAddress, {50001, 50010},
                kQuiet);  // pairs: 50002, 50004, 50006, 50008; 50010 has no successor
  std::set<std::uint16_t> pairs;
  for (int i = 0; i < 4; ++i) {
    const std::uint16_t port = pool.lease(Parity::pair, random, kStart).value();
    EXPECT_EQ(port % 2, 0);
    EXPECT_TRUE(pool.is_live(port));
    EXPECT_TRUE(pool.is_live(static_cast<std::uint16_t>(port + 1)));
    pairs.insert(port);
  }
  EXPECT_EQ(pairs, (std::set<std::uint16_t>{50002, 50004, 50006, 50008}));
  EXPECT_FALSE(pool.lease(Parity::pair, random, kStart));
  EXPECT_EQ(pool.lease(Parity::even, random, kStart), 50010);
  EXPECT_FALSE(pool.lease(Parity::even, random, kStart));
  EXPECT_EQ(pool.lease(Parity::any, random, kStart), 50001);
  expect_none_lost(pool);
}

TEST(PortPool, the_last_pair_is_found_among_many_singles) {
  SeededRandom random(1);
  PortPool pool(kAddress, {50000, 50999}, kQuiet);
  std::set<std::uint16_t> leased;
  while (pool.ports_free() > 0) leased.insert(pool.lease(Parity::any, random, kStart).value());
  for (std::uint16_t port = 50000; port < 51000; port = static_cast<std::uint16_t>(port + 2))
    pool.release(port, kStart);
  pool.release(50777, kStart);
  EXPECT_EQ(pool.lease(Parity::pair, random, kStart + kQuiet), 50776);
  EXPECT_FALSE(pool.lease(Parity::pair, random, kStart + kQuiet));
}

TEST(PortPool, TURN_GEN_08_a_released_port_rests_for_the_quiet_time) {
  SeededRandom random(1);
  PortPool pool(kAddress, {50000, 50000}, kQuiet);
  pool.lease(Parity::any, random, kStart);
  pool.release(50000, kStart);
  EXPECT_FALSE(pool.is_live(50000));
  EXPECT_EQ(pool.ports_resting(), 1U);
  EXPECT_FALSE(pool.lease(Parity::any, random, kStart + kQuiet - Duration(1)));
  EXPECT_EQ(pool.lease(Parity::any, random, kStart + kQuiet), 50000);
  EXPECT_EQ(pool.ports_resting(), 0U);
}

TEST(PortPool, a_claim_takes_a_port_free_or_resting_but_not_leased_or_foreign) {
  SeededRandom random(1);
  PortPool pool(kAddress, {50000, 50003}, kQuiet);
  EXPECT_TRUE(pool.claim(50001));
  EXPECT_FALSE(pool.claim(50001));
  EXPECT_FALSE(pool.claim(49999));
  EXPECT_FALSE(pool.claim(50004));
  pool.release(50001, kStart);
  EXPECT_TRUE(pool.claim(50001));
  EXPECT_EQ(pool.ports_resting(), 0U);
  expect_none_lost(pool);
  std::set<std::uint16_t> rest;
  for (int i = 0; i < 3; ++i) rest.insert(pool.lease(Parity::any, random, kStart + kQuiet).value());
  EXPECT_EQ(rest, (std::set<std::uint16_t>{50000, 50002, 50003}));
}

TEST(PortPool, S28_S29_a_hundred_thousand_cycles_of_even_ports_and_pairs_lose_none) {
  SeededRandom random(5);
  PortPool pool(kAddress, {50000, 50063}, Duration(seconds(1)));
  TimePoint now = kStart;
  struct Held {
    std::uint16_t port;
    bool pair;
  };
  std::vector<Held> held;
  for (int i = 0; i < 100'000; ++i) {
    const bool pair = random.below(2) == 0;
    if (const auto port = pool.lease(pair ? Parity::pair : Parity::even, random, now))
      held.push_back({*port, pair});
    while (!held.empty() && (held.size() > 20 || random.below(2) == 0)) {
      std::swap(held[random.below(static_cast<std::uint32_t>(held.size()))], held.back());
      pool.release(held.back().port, now);
      if (held.back().pair) pool.release(static_cast<std::uint16_t>(held.back().port + 1), now);
      held.pop_back();
    }
    now += std::chrono::milliseconds(random.below(500));
    ASSERT_EQ(pool.ports_free() + pool.ports_resting() + pool.ports_leased(), pool.ports_total());
  }
  for (const auto& [port, pair] : held) {
    pool.release(port, now);
    if (pair) pool.release(static_cast<std::uint16_t>(port + 1), now);
  }
  const auto last = pool.lease(Parity::any, random, now + seconds(1)).value();
  EXPECT_EQ(pool.ports_free(), 63U);
  EXPECT_TRUE(pool.is_live(last));
}

}  // namespace
}  // namespace turnpike::turn
