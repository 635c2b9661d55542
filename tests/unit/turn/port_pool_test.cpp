// The free ports of one address: choice, pairs, and that none is ever lost.
#include "turnpike/turn/port_pool.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace turnpike::turn {
namespace {

const IpAddress kAddress = IpAddress::v4(203, 0, 113, 1);

// The port that was picked and taken; of a pair both are.
std::optional<std::uint16_t> take(PortPool& pool, Parity parity, Random& random) {
  const auto port = pool.pick(parity, random);
  if (!port) return port;
  pool.take(*port);
  if (parity == Parity::pair) pool.take(static_cast<std::uint16_t>(*port + 1));
  return port;
}

TEST(PortPool, gives_every_port_once_and_then_none) {
  SeededRandom random(1);
  PortPool pool(kAddress, {50000, 50009});
  EXPECT_EQ(pool.ports_total(), 10U);
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 10; ++i) ports.insert(take(pool, Parity::any, random).value());
  EXPECT_EQ(ports.size(), 10U);
  EXPECT_EQ(*ports.begin(), 50000);
  EXPECT_EQ(*ports.rbegin(), 50009);
  EXPECT_FALSE(pool.pick(Parity::any, random));
  pool.put_back(50003);
  EXPECT_EQ(pool.pick(Parity::any, random), 50003);
}

TEST(PortPool, the_whole_port_space_and_a_single_port_are_ranges) {
  SeededRandom random(1);
  PortPool all(kAddress, {1024, 65535});
  EXPECT_EQ(all.ports_free(), 64512U);
  for (std::size_t i = 0; i < 64512; ++i) ASSERT_TRUE(take(all, Parity::any, random));
  EXPECT_FALSE(all.pick(Parity::any, random));
  EXPECT_FALSE(all.contains(1023));
  EXPECT_FALSE(all.is_free(1023));

  PortPool one(kAddress, {65535, 65535});
  EXPECT_FALSE(one.pick(Parity::even, random));
  EXPECT_FALSE(one.pick(Parity::pair, random));
  EXPECT_EQ(one.pick(Parity::any, random), 65535);
}

// RFC 6056. 10,000 draws over 100 ports: chi-square with 99 degrees of freedom is below 148.2 in 99.9 % of
// honest runs.
TEST(PortPool, the_choice_of_a_port_is_uniform_S6_TURN_ALLOC_24) {
  for (const Parity parity : {Parity::any, Parity::even, Parity::pair}) {
    SeededRandom random(3);
    PortPool pool(kAddress, {50000, parity == Parity::any ? std::uint16_t{50099} : std::uint16_t{50199}});
    std::array<int, 100> drawn{};
    for (int i = 0; i < 10'000; ++i) {
      const std::uint16_t port = take(pool, parity, random).value();
      ++drawn[static_cast<std::size_t>(parity == Parity::any ? port - 50000 : (port - 50000) / 2)];
      pool.put_back(port);
      if (parity == Parity::pair) pool.put_back(static_cast<std::uint16_t>(port + 1));
    }
    double chi_square = 0;
    for (const int count : drawn) chi_square += (count - 100.0) * (count - 100.0) / 100.0;
    EXPECT_LT(chi_square, 148.2);
    EXPECT_GT(chi_square, 56.0);  // nor too even
  }
}

TEST(PortPool, an_even_port_is_even_and_a_pair_is_two_in_a_row) {
  SeededRandom random(1);
  PortPool pool(kAddress, {50001, 50010});  // pairs: 50002, 50004, 50006, 50008; 50010 has no successor
  std::set<std::uint16_t> pairs;
  for (int i = 0; i < 4; ++i) pairs.insert(take(pool, Parity::pair, random).value());
  EXPECT_EQ(pairs, (std::set<std::uint16_t>{50002, 50004, 50006, 50008}));
  EXPECT_FALSE(pool.pick(Parity::pair, random));
  EXPECT_EQ(take(pool, Parity::even, random), 50010);
  EXPECT_FALSE(pool.pick(Parity::even, random));
  EXPECT_EQ(pool.pick(Parity::any, random), 50001);
}

TEST(PortPool, the_last_pair_is_found_among_many_singles) {
  SeededRandom random(1);
  PortPool pool(kAddress, {50000, 50999});
  for (std::uint16_t port = 50001; port < 51000; port = static_cast<std::uint16_t>(port + 2)) {
    if (port != 50777) pool.take(port);
  }
  EXPECT_EQ(take(pool, Parity::pair, random), 50776);
  EXPECT_FALSE(pool.pick(Parity::pair, random));
}

TEST(PortPool, a_port_is_live_when_that_is_said) {
  PortPool pool(kAddress, {50000, 50003});
  EXPECT_FALSE(pool.is_live(50001));
  pool.set_live(50001, true);
  EXPECT_TRUE(pool.is_live(50001));
  EXPECT_FALSE(pool.is_live(50000));
  EXPECT_FALSE(pool.is_visitors(50001));
  pool.set_live(50001, false);
  EXPECT_FALSE(pool.is_live(50001));
  pool.set_live(50001, true, true);
  EXPECT_TRUE(pool.is_live(50001) && pool.is_visitors(50001));
  EXPECT_FALSE(pool.is_visitors(50000));
  pool.set_live(50001, true);
  EXPECT_FALSE(pool.is_visitors(50001)) << "somebody else's";
  pool.set_live(50001, true, true);
  pool.set_live(50001, false);
  EXPECT_FALSE(pool.is_visitors(50001));
}

}  // namespace
}  // namespace turnpike::turn
