// Who gets which port of several addresses, and those that wait for a token.
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
const Tenant kShared{"everybody", NameKind::shared};

// Ports of IPv4, leased at kStart + `s`.
struct Ports : RelayPorts {
  explicit Ports(std::uint16_t count, const std::vector<IpAddress>& addresses = {ip("203.0.113.1")},
                 Duration quiet = seconds(30))
      : RelayPorts(addresses, {50000, static_cast<std::uint16_t>(50000 + count - 1)}, quiet) {}

  std::optional<RelayEndpoint> get(const Tenant& tenant, Parity parity = Parity::any, int s = 0) {
    return lease(Family::ipv4, parity, tenant, random, kStart + seconds(s));
  }
  void give_back(const RelayEndpoint& relay, int s = 0) { release(relay, kStart + seconds(s)); }
  // The odd port of a leased pair, reserved.
  Reservation reserve_of(const std::string& user, int s = 0) {
    const auto even = get({user}, Parity::pair, s).value();
    const RelayEndpoint odd = partner_of(even);
    const TimePoint now = kStart + seconds(s);
    return {reserve(odd, user, random, now), odd, user, now + seconds(32)};
  }

  SeededRandom random{1};
};

TEST(RelayPorts, know_their_families_addresses_and_live_relays) {
  Ports ports(10);
  EXPECT_TRUE(ports.has_family(Family::ipv4));
  EXPECT_FALSE(ports.has_family(Family::ipv6));
  EXPECT_FALSE(ports.lease(Family::ipv6, Parity::any, {"a"}, ports.random, kStart));
  EXPECT_TRUE(ports.is_ours(ip("203.0.113.1")));
  EXPECT_FALSE(ports.is_ours(ip("203.0.113.2")));
  const auto relay = ports.get({"a"}).value();
  EXPECT_TRUE(ports.is_live(relay));
  EXPECT_FALSE(ports.is_live({ip("203.0.113.2"), relay.port}));
  ports.give_back(relay);
  EXPECT_FALSE(ports.is_live(relay));
  EXPECT_TRUE(ports.claim(relay, {"a"}));
  EXPECT_FALSE(ports.claim(relay, {"a"}));
  EXPECT_FALSE(ports.claim({ip("203.0.113.2"), relay.port}, {"a"}));
}

TEST(RelayPorts, the_scarcest_are_those_of_the_family_with_the_greatest_share_leased) {
  Ports ports(10, kBoth);
  EXPECT_EQ(ports.scarcest().total, 10U);
  const auto v6 = ports.lease(Family::ipv6, Parity::any, {"a"}, ports.random, kStart);
  ASSERT_TRUE(v6);
  EXPECT_EQ(ports.scarcest(), (PortCounts{.total = 10, .free = 9, .resting = 0, .leased = 1}));
  ASSERT_TRUE(ports.get({"a"}));
  ASSERT_TRUE(ports.get({"a"}));
  EXPECT_EQ(ports.scarcest().leased, 2U);
  EXPECT_EQ(ports.counts().leased, 3U);
  EXPECT_EQ(Ports(10, {ip("2001:db8::1")}).scarcest().total, 10U);
}

TEST(RelayPorts, those_of_visitors_are_known_and_go_to_visitors_again) {
  Ports ports(100);
  const Tenant a{"check:a", NameKind::visitor}, b{"check:b", NameKind::visitor};
  const auto relay = ports.get(a).value();
  EXPECT_TRUE(ports.is_visitors(relay));
  EXPECT_FALSE(ports.is_visitors(ports.get({"a"}).value()));
  EXPECT_FALSE(ports.is_visitors({ip("203.0.113.2"), relay.port}));
  ports.give_back(relay);
  EXPECT_FALSE(ports.is_visitors(relay));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(ports.get(i % 2 == 0 ? b : a), relay) << "all visitors come and go by one port";
    ports.give_back(relay);
  }
  EXPECT_NE(ports.get({"a"}), relay);
  EXPECT_EQ(ports.counts().resting, 1U);
  const auto even = ports.get(a, Parity::pair).value();
  const ReservationToken token = ports.reserve(partner_of(even), a.user_id, ports.random, kStart);
  EXPECT_FALSE(ports.is_visitors(partner_of(even))) << "before it is redeemed";
  EXPECT_EQ(ports.redeem(token, a.user_id), partner_of(even));
  EXPECT_TRUE(ports.is_visitors(partner_of(even)));
}

TEST(RelayPorts, follow_the_addresses_of_the_host) {
  Ports ports(10);
  const auto old = ports.get({"a"}).value();
  ports.set_addresses({ip("203.0.113.2"), ip("2001:db8::1")}, kStart);
  EXPECT_TRUE(ports.has_family(Family::ipv6));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ports.get({"a"})->address, ip("203.0.113.2"));
  EXPECT_FALSE(ports.get({"a"}));
  EXPECT_TRUE(ports.is_live(old)) << "until it is released";
  EXPECT_EQ(ports.counts().leased, 11U);

  ports.release(old, kStart);
  ports.set_addresses({ip("203.0.113.1")}, kStart + seconds(1));
  EXPECT_EQ(ports.counts().resting, 1U) << "as it was left";
  EXPECT_FALSE(ports.has_family(Family::ipv6));
  ports.set_addresses({}, kStart + seconds(2));
  EXPECT_FALSE(ports.has_family(Family::ipv4));
  EXPECT_FALSE(ports.get({"a"}));
  EXPECT_TRUE(ports.is_ours(ip("203.0.113.1")));
  ports.set_addresses({}, kStart + seconds(32));
  EXPECT_FALSE(ports.is_ours(ip("203.0.113.1"))) << "nothing of it is leased, and the quiet time is over";
  EXPECT_TRUE(ports.is_ours(ip("203.0.113.2"))) << "ten of its ports are";
}

TEST(RelayPorts, are_of_another_range_from_now_on_and_what_is_leased_goes_on) {
  Ports ports(4);  // from 50000
  const auto leased = ports.get({"a"}).value(), rests = ports.get({"b"}).value();
  ports.give_back(rests);
  ports.set_range({50004, 50009}, kStart);
  EXPECT_TRUE(ports.is_live(leased));
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 7, .free = 6, .resting = 0, .leased = 1}));
  std::set<std::uint16_t> given;
  for (int i = 0; i < 6; ++i) given.insert(ports.get({"b"})->port);
  EXPECT_EQ(given, (std::set<std::uint16_t>{50004, 50005, 50006, 50007, 50008, 50009}));
  EXPECT_FALSE(ports.get({"b"})) << "nor the one that rested";
  EXPECT_TRUE(ports.is_exhausted());
  ports.give_back(leased);
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 6, .free = 0, .resting = 0, .leased = 6}))
      << "it has no rest";
}

TEST(RelayPorts, that_are_leased_or_rest_are_not_free_in_the_next_range) {
  Ports ports(4);  // from 50000
  const auto leased = ports.get({"a"}).value(), rests = ports.get({"b"}).value();
  ports.give_back(rests);
  for (const PortRange range : {PortRange{50000, 50007}, PortRange{40000, 40001}, PortRange{50000, 50003}})
    ports.set_range(range, kStart);
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 4, .free = 3, .resting = 0, .leased = 1}));
  ports.give_back(leased);
  ports.set_range({50000, 50007}, kStart);
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 8, .free = 7, .resting = 1, .leased = 0}));
  ports.set_range({50000, 50007}, kStart + seconds(30));
  EXPECT_EQ(ports.counts().free, 8U);
}

TEST(RelayPorts, what_is_reserved_on_an_address_that_has_gone_comes_back_with_it_alone) {
  Ports ports(10);
  const Reservation reserved = ports.reserve_of("a");
  ports.set_addresses({ip("203.0.113.2")}, kStart);
  EXPECT_FALSE(ports.redeem(reserved.token, "a"));
  ports.set_addresses({ip("203.0.113.1")}, kStart);
  EXPECT_EQ(ports.redeem(reserved.token, "a"), reserved.relay);
}

TEST(RelayPorts, addresses_of_a_family_get_equal_shares_wherever_they_stand_in_the_list) {
  SeededRandom random(1);
  RelayPorts ports({ip("203.0.113.1"), ip("2001:db8::1"), ip("2001:db8::2"), ip("203.0.113.2")},
                   {49152, 65535}, seconds(30));
  std::map<IpAddress, int> shares;
  for (int i = 0; i < 2000; ++i)
    ++shares[ports.lease(Family::ipv4, Parity::any, {"a"}, random, kStart)->address];
  EXPECT_EQ(shares.size(), 2U);
  for (const auto& [address, share] : shares) EXPECT_NEAR(share, 1000, 120) << address.to_string();
}

TEST(RelayPorts, an_exhausted_address_leaves_the_others) {
  Ports ports(10, {ip("203.0.113.1"), ip("203.0.113.2")});
  std::set<RelayEndpoint> relays;
  for (int i = 0; i < 20; ++i) relays.insert(ports.get({"a"}).value());
  EXPECT_EQ(relays.size(), 20U);
  EXPECT_TRUE(ports.is_exhausted());
  EXPECT_FALSE(ports.get({"a"}));
  ports.give_back(*relays.begin());
  EXPECT_FALSE(ports.is_exhausted());
}

TEST(RelayPorts, who_comes_back_gets_the_port_again_that_they_had_and_others_do_not_TURN_GEN_08) {
  Ports ports(100);
  const RelayEndpoint first = ports.get({"a"}).value();
  const RelayEndpoint second = ports.get({"a"}).value();
  ports.give_back(second, 1);
  ports.give_back(first, 2);
  for (int i = 0; i < 50; ++i) {
    const auto others = ports.get({"b" + std::to_string(i)}, Parity::any, 3).value();
    EXPECT_TRUE(others != first && others != second);
  }
  EXPECT_EQ(ports.get({"a"}, Parity::any, 3), second) << "it has rested longer";
  EXPECT_EQ(ports.get({"a"}, Parity::any, 3), first);
}

TEST(RelayPorts, one_users_coming_and_going_rests_no_more_than_they_had_at_one_time) {
  Ports ports(1000);
  for (const Parity parity : {Parity::any, Parity::even, Parity::pair}) {
    for (int i = 0; i < 500; ++i) {
      const auto relay = ports.get({"a"}, parity).value();
      ports.give_back(relay);
      if (parity == Parity::pair) ports.give_back(partner_of(relay));
    }
  }
  EXPECT_LE(ports.counts().resting, 4U);
}

TEST(RelayPorts, names_that_many_share_leave_others_half_of_what_is_not_leased) {
  Ports ports(100);
  std::set<RelayEndpoint> used;
  for (int i = 0; i < 1000; ++i) {
    const auto relay = ports.get(kShared, Parity::any, i / 100).value();
    used.insert(relay);
    ports.give_back(relay, i / 100);
  }
  EXPECT_EQ(used.size(), 51U);
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 100, .free = 49, .resting = 51, .leased = 0}));
}

TEST(RelayPorts, where_no_port_is_free_the_one_that_has_rested_longest_is_given_whoever_asks) {
  Ports ports(4);
  std::vector<RelayEndpoint> order;
  for (int i = 0; i < 4; ++i) order.push_back(ports.get({"a" + std::to_string(i)}).value());
  for (const RelayEndpoint& relay : order) ports.give_back(relay, 1);
  EXPECT_EQ(ports.get({"b"}, Parity::any, 2), order[0]);
  EXPECT_EQ(ports.get(kShared, Parity::any, 2), order[1]);
  EXPECT_EQ(ports.get({"a3"}, Parity::any, 2), order[3]) << "their own";
  EXPECT_EQ(ports.get({"b"}, Parity::any, 2), order[2]);
  EXPECT_FALSE(ports.get({"b"}, Parity::any, 2));
}

TEST(RelayPorts, pairs_and_even_ports_are_had_of_ports_that_rest) {
  Ports ports(4);
  std::vector<RelayEndpoint> all;
  for (int i = 0; i < 4; ++i) all.push_back(ports.get({"a"}).value());
  for (const RelayEndpoint& relay : all) ports.give_back(relay);
  EXPECT_EQ(ports.get({"b"}, Parity::even)->port % 2, 0);
  const auto pair = ports.get({"b"}, Parity::pair).value();
  EXPECT_EQ(pair.port % 2, 0);
  EXPECT_FALSE(ports.get({"b"}, Parity::pair));
  EXPECT_FALSE(ports.get({"b"}, Parity::even));
  EXPECT_TRUE(ports.get({"b"}, Parity::any));
}

TEST(RelayPorts, what_another_program_holds_is_not_given_again_at_once) {
  Ports ports(3);
  const RelayEndpoint held = ports.get({"a"}).value();
  ports.set_aside(held, kStart);
  EXPECT_NE(ports.get({"a"}), held);
  EXPECT_NE(ports.get({"a"}), held);
  EXPECT_EQ(ports.get({"a"}), held) << "there is no other";
}

TEST(RelayPorts, a_hundred_thousand_leases_of_all_kinds_lose_none_S28_S29) {
  Ports ports(64, {ip("203.0.113.1")}, seconds(1));
  struct Held {
    RelayEndpoint relay;
    bool pair;
  };
  std::vector<Held> held;
  TimePoint now = kStart;
  const auto end = [&](const Held& each) {
    ports.release(each.relay, now);
    if (each.pair) ports.release(partner_of(each.relay), now);
  };
  for (int i = 0; i < 100'000; ++i) {
    const Parity parity = std::array{Parity::any, Parity::even, Parity::pair}[ports.random.below(3)];
    const Tenant tenant{"u" + std::to_string(ports.random.below(5)),
                        ports.random.below(2) == 0 ? NameKind::personal : NameKind::shared};
    if (const auto relay = ports.lease(Family::ipv4, parity, tenant, ports.random, now))
      held.push_back({*relay, parity == Parity::pair});
    while (!held.empty() && (held.size() > 20 || ports.random.below(2) == 0)) {
      std::swap(held[ports.random.below(static_cast<std::uint32_t>(held.size()))], held.back());
      end(held.back());
      held.pop_back();
    }
    now += std::chrono::milliseconds(ports.random.below(500));
    const PortCounts counts = ports.counts();
    ASSERT_EQ(counts.free + counts.resting + counts.leased, counts.total);
  }
  for (const Held& each : held) end(each);
  EXPECT_TRUE(ports.lease(Family::ipv4, Parity::any, {"last"}, ports.random, now + seconds(1)));
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 64, .free = 63, .resting = 0, .leased = 1}));
}

TEST(RelayPorts, a_token_is_good_once_and_for_who_reserved_TURN_ALLOC_15) {
  Ports ports(10, kBoth);
  const Reservation reserved = ports.reserve_of("a");
  ReservationToken wrong = reserved.token;
  wrong[7] ^= 1;
  EXPECT_FALSE(ports.is_live(reserved.relay)) << "nobody's relay yet";
  EXPECT_FALSE(ports.redeem(wrong, "a"));
  EXPECT_FALSE(ports.redeem(reserved.token, "b"));
  EXPECT_EQ(ports.redeem(reserved.token, "a"), reserved.relay);
  EXPECT_FALSE(ports.redeem(reserved.token, "a"));
  EXPECT_TRUE(ports.is_live(reserved.relay));
}

TEST(RelayPorts, an_expired_reservation_gives_its_port_back_TURN_ALLOC_16) {
  Ports ports(10, kBoth);
  const Reservation first = ports.reserve_of("a");
  const Reservation second = ports.reserve_of("a", 1);
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 20, .free = 16, .resting = 0, .leased = 4}));
  EXPECT_TRUE(ports.expire(kStart + seconds(31)).empty());
  EXPECT_EQ(ports.expire(kStart + seconds(32)), std::vector{first});
  EXPECT_EQ(ports.counts(), (PortCounts{.total = 20, .free = 16, .resting = 1, .leased = 3}));
  EXPECT_FALSE(ports.is_live(first.relay));
  EXPECT_EQ(ports.redeem(second.token, "a"), second.relay);
}

TEST(RelayPorts, reservations_of_those_who_are_gone_make_room_where_they_help) {
  Ports ports(4);
  const Reservation first = ports.reserve_of("a");
  const Reservation second = ports.reserve_of("b");
  EXPECT_TRUE(ports.is_exhausted());
  EXPECT_FALSE(ports.end_left(Family::ipv4, Parity::any, kStart)) << "both are there";
  ports.leave(first.token);
  ports.leave(second.token);
  EXPECT_FALSE(ports.is_exhausted());
  EXPECT_FALSE(ports.end_left(Family::ipv6, Parity::any, kStart));
  EXPECT_FALSE(ports.end_left(Family::ipv4, Parity::even, kStart));
  EXPECT_FALSE(ports.end_left(Family::ipv4, Parity::pair, kStart)) << "no even port is free";
  ports.give_back(partner_of(second.relay));
  EXPECT_EQ(ports.end_left(Family::ipv4, Parity::pair, kStart)->relay, second.relay);
  EXPECT_EQ(ports.get({"c"}, Parity::pair), partner_of(second.relay));
  EXPECT_EQ(ports.end_left(Family::ipv4, Parity::any, kStart)->relay, first.relay);
  EXPECT_EQ(ports.get({"c"}), first.relay);
}

TEST(RelayPorts, tokens_are_not_alike_S6) {
  Ports ports(10000);
  std::set<ReservationToken> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(ports.reserve_of("a").token);
  EXPECT_EQ(tokens.size(), 1000U);
}

TEST(RelayPorts, reservations_move_to_another_process) {
  Ports ports(10, kBoth);
  Ports successor(10, kBoth);
  const Reservation reserved = ports.reserve_of("a");
  EXPECT_TRUE(successor.claim(reserved));
  EXPECT_EQ(successor.reservations(), ports.reservations());
  EXPECT_FALSE(successor.claim(reserved)) << "the port is leased";
  EXPECT_FALSE(successor.is_live(reserved.relay));
  EXPECT_EQ(successor.counts().leased, 1U);
  EXPECT_EQ(successor.redeem(reserved.token, "a"), reserved.relay);
}

}  // namespace
}  // namespace turnpike::turn
