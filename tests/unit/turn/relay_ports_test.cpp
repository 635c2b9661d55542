// Ports of several addresses, and those that wait for a token.
#include "turnpike/turn/relay_ports.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }
const TimePoint kStart{seconds(5000)};
const std::vector<IpAddress> kBoth{ip("203.0.113.1"), ip("2001:db8::1")};

RelayPorts ten_ports(const std::vector<IpAddress>& addresses) {
  return {addresses, {50000, 50009}, seconds(30)};
}

TEST(RelayPorts, know_their_families_addresses_and_live_relays) {
  SeededRandom random(1);
  RelayPorts ports = ten_ports({ip("203.0.113.1")});
  EXPECT_TRUE(ports.has_family(Family::ipv4));
  EXPECT_FALSE(ports.has_family(Family::ipv6));
  EXPECT_FALSE(ports.lease(Family::ipv6, Parity::any, random, kStart));
  EXPECT_TRUE(ports.is_ours(ip("203.0.113.1")));
  EXPECT_FALSE(ports.is_ours(ip("203.0.113.2")));
  const auto relay = ports.lease(Family::ipv4, Parity::any, random, kStart).value();
  EXPECT_TRUE(ports.is_live(relay));
  EXPECT_FALSE(ports.is_live({ip("203.0.113.2"), relay.port}));
  ports.release(relay, kStart);
  EXPECT_FALSE(ports.is_live(relay));
  EXPECT_TRUE(ports.claim(relay));
  EXPECT_FALSE(ports.claim(relay));
  EXPECT_FALSE(ports.claim({ip("203.0.113.2"), relay.port}));
}

TEST(RelayPorts, follow_the_addresses_of_the_host) {
  SeededRandom random(1);
  RelayPorts ports = ten_ports({ip("203.0.113.1")});
  const auto old = ports.lease(Family::ipv4, Parity::any, random, kStart).value();
  ports.set_addresses({ip("203.0.113.2"), ip("2001:db8::1")}, kStart);
  EXPECT_TRUE(ports.has_family(Family::ipv6));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(ports.lease(Family::ipv4, Parity::any, random, kStart)->address, ip("203.0.113.2"));
  EXPECT_FALSE(ports.lease(Family::ipv4, Parity::any, random, kStart));
  EXPECT_TRUE(ports.is_live(old)) << "until it is released";
  EXPECT_EQ(ports.counts().leased, 11U);

  ports.release(old, kStart);
  ports.set_addresses({ip("203.0.113.1")}, kStart + seconds(1));
  EXPECT_EQ(ports.counts().resting, 1U) << "as it was left";
  EXPECT_FALSE(ports.has_family(Family::ipv6));
  ports.set_addresses({}, kStart + seconds(2));
  EXPECT_FALSE(ports.has_family(Family::ipv4));
  EXPECT_FALSE(ports.lease(Family::ipv4, Parity::any, random, kStart));
  EXPECT_TRUE(ports.is_ours(ip("203.0.113.1")));
  ports.set_addresses({}, kStart + seconds(32));
  EXPECT_FALSE(ports.is_ours(ip("203.0.113.1"))) << "nothing of it is leased, and the quiet time is over";
  EXPECT_TRUE(ports.is_ours(ip("203.0.113.2"))) << "ten of its ports are";
}

TEST(RelayPorts, addresses_of_a_family_get_equal_shares_wherever_they_stand_in_the_list) {
  SeededRandom random(1);
  RelayPorts ports({ip("203.0.113.1"), ip("2001:db8::1"), ip("2001:db8::2"), ip("203.0.113.2")},
                   {49152, 65535}, seconds(30));
  std::map<IpAddress, int> shares;
  for (int i = 0; i < 2000; ++i) ++shares[ports.lease(Family::ipv4, Parity::any, random, kStart)->address];
  EXPECT_EQ(shares.size(), 2U);
  for (const auto& [address, share] : shares) EXPECT_NEAR(share, 1000, 120) << address.to_string();
}

TEST(RelayPorts, an_exhausted_address_leaves_the_others) {
  SeededRandom random(1);
  RelayPorts ports = ten_ports({ip("203.0.113.1"), ip("203.0.113.2")});
  std::set<RelayEndpoint> relays;
  for (int i = 0; i < 20; ++i) relays.insert(ports.lease(Family::ipv4, Parity::any, random, kStart).value());
  EXPECT_EQ(relays.size(), 20U);
  EXPECT_FALSE(ports.lease(Family::ipv4, Parity::any, random, kStart));
}

// The odd port of a leased pair, reserved.
Reservation reserve(RelayPorts& ports, Random& random, TimePoint now = kStart) {
  const auto even = ports.lease(Family::ipv4, Parity::pair, random, now).value();
  const auto odd = even.with_port(static_cast<std::uint16_t>(even.port + 1));
  return {ports.reserve(odd, "a", random, now), odd, "a", now + seconds(32)};
}

TEST(RelayPorts, TURN_ALLOC_15_a_token_is_good_once) {
  SeededRandom random(1);
  RelayPorts ports = ten_ports(kBoth);
  const Reservation reserved = reserve(ports, random);
  ReservationToken wrong = reserved.token;
  wrong[7] ^= 1;
  EXPECT_FALSE(ports.redeem(wrong));
  EXPECT_EQ(ports.redeem(reserved.token), reserved);
  EXPECT_FALSE(ports.redeem(reserved.token));
  EXPECT_TRUE(ports.is_live(reserved.relay));
}

TEST(RelayPorts, TURN_ALLOC_16_an_expired_reservation_gives_its_port_back) {
  SeededRandom random(1);
  RelayPorts ports = ten_ports(kBoth);
  const Reservation first = reserve(ports, random);
  const Reservation second = reserve(ports, random, kStart + seconds(1));
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 20, .free = 16, .resting = 0, .leased = 4}));
  EXPECT_TRUE(ports.expire(kStart + seconds(31)).empty());
  EXPECT_EQ(ports.expire(kStart + seconds(32)), std::vector{first});
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 20, .free = 16, .resting = 1, .leased = 3}));
  EXPECT_FALSE(ports.is_live(first.relay));
  EXPECT_EQ(ports.redeem(second.token), second);
}

TEST(RelayPorts, S6_tokens_are_not_alike) {
  SeededRandom random(1);
  RelayPorts ports({ip("203.0.113.1")}, {49152, 65535}, seconds(30));
  std::set<ReservationToken> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(reserve(ports, random).token);
  EXPECT_EQ(tokens.size(), 1000U);
}

TEST(RelayPorts, reservations_move_to_another_process) {
  SeededRandom random(1);
  RelayPorts ports = ten_ports(kBoth);
  RelayPorts successor = ten_ports(kBoth);
  const Reservation reserved = reserve(ports, random);
  EXPECT_TRUE(successor.claim(reserved));
  EXPECT_EQ(successor.reservations(), ports.reservations());
  EXPECT_FALSE(successor.claim(reserved)) << "the port is leased";
  EXPECT_EQ(successor.counts().leased, 1U);
  EXPECT_EQ(successor.redeem(reserved.token), reserved);
}

}  // namespace
}  // namespace turnpike::turn
