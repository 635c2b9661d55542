// What the workers share: ports of several addresses, places of users, reservations.
#include "turnpike/turn/ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;
using ::testing::UnorderedElementsAre;
using Quota = Ledger::Quota;

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }
const TimePoint kStart{seconds(5000)};

LedgerOptions options(std::vector<IpAddress> addresses = {ip("203.0.113.1"), ip("2001:db8::1")}) {
  LedgerOptions made;
  made.addresses = std::move(addresses);
  made.ports = {50000, 50009};
  return made;
}

TEST(Ledger, knows_its_families_addresses_and_live_relays) {
  SeededRandom random(1);
  Ledger ledger(options({ip("203.0.113.1")}));
  EXPECT_TRUE(ledger.has_family(Family::ipv4));
  EXPECT_FALSE(ledger.has_family(Family::ipv6));
  EXPECT_FALSE(ledger.lease_port(Family::ipv6, Parity::any, random, kStart));
  EXPECT_TRUE(ledger.is_relay_address(ip("203.0.113.1")));
  EXPECT_FALSE(ledger.is_relay_address(ip("203.0.113.2")));
  const Endpoint relay = ledger.lease_port(Family::ipv4, Parity::any, random, kStart).value();
  EXPECT_TRUE(ledger.is_live_relay(relay));
  EXPECT_FALSE(ledger.is_live_relay({ip("203.0.113.2"), relay.port}));
  ledger.release_port(relay, kStart);
  EXPECT_FALSE(ledger.is_live_relay(relay));
  EXPECT_TRUE(ledger.claim_port(relay));
  EXPECT_FALSE(ledger.claim_port(relay));
  EXPECT_FALSE(ledger.claim_port({ip("203.0.113.2"), relay.port}));
}

TEST(Ledger, addresses_of_a_family_get_equal_shares_wherever_they_stand_in_the_list) {
  SeededRandom random(1);
  LedgerOptions wide = options({ip("203.0.113.1"), ip("2001:db8::1"), ip("2001:db8::2"), ip("203.0.113.2")});
  wide.ports = {49152, 65535};
  Ledger ledger(wide);
  std::map<IpAddress, int> shares;
  for (int i = 0; i < 2000; ++i)
    ++shares[ledger.lease_port(Family::ipv4, Parity::any, random, kStart)->address];
  EXPECT_EQ(shares.size(), 2U);
  for (const auto& [address, share] : shares) EXPECT_NEAR(share, 1000, 120) << address.to_string();
}

TEST(Ledger, an_exhausted_address_leaves_the_others) {
  SeededRandom random(1);
  Ledger ledger(options({ip("203.0.113.1"), ip("203.0.113.2")}));
  std::set<Endpoint> relays;
  for (int i = 0; i < 20; ++i)
    relays.insert(ledger.lease_port(Family::ipv4, Parity::any, random, kStart).value());
  EXPECT_EQ(relays.size(), 20U);
  EXPECT_FALSE(ledger.lease_port(Family::ipv4, Parity::any, random, kStart));
}

TEST(Ledger, a_user_is_barred_until_a_time_or_until_lifted) {
  Ledger ledger(options());
  ledger.bar("a", kStart + seconds(10));
  ledger.bar("b", kStart + seconds(20));
  EXPECT_TRUE(ledger.is_barred("a", kStart));
  EXPECT_FALSE(ledger.is_barred("c", kStart));
  ledger.lift("b");
  ledger.lift("nobody");
  EXPECT_FALSE(ledger.is_barred("b", kStart));
  ledger.bar("b", kStart + seconds(20));
  EXPECT_TRUE(ledger.is_barred("a", kStart + seconds(10) - Duration(1)));
  EXPECT_FALSE(ledger.is_barred("a", kStart + seconds(10)));
  EXPECT_TRUE(ledger.is_barred("b", kStart + seconds(10)));
}

TEST(Ledger, the_latest_bar_of_a_user_counts) {
  Ledger ledger(options());
  ledger.bar("a", kStart + seconds(10));
  ledger.bar("a", kStart + seconds(30));
  EXPECT_TRUE(ledger.is_barred("a", kStart + seconds(20)));
  ledger.bar("a", kStart + seconds(25));
  EXPECT_FALSE(ledger.is_barred("a", kStart + seconds(25)));
}

TEST(Ledger, beyond_their_maximum_the_bar_that_would_end_first_makes_room) {
  LedgerOptions few = options();
  few.bars_max = 2;
  Ledger ledger(few);
  ledger.bar("late", kStart + seconds(30));
  ledger.bar("early", kStart + seconds(10));
  ledger.bar("early", kStart + seconds(10));
  EXPECT_TRUE(ledger.is_barred("late", kStart));
  ledger.bar("middle", kStart + seconds(20));
  EXPECT_TRUE(ledger.is_barred("late", kStart));
  EXPECT_FALSE(ledger.is_barred("early", kStart));
  EXPECT_TRUE(ledger.is_barred("middle", kStart));
}

TEST(Ledger, TURN_ALLOC_21_places_are_counted_for_each_user_and_for_all) {
  LedgerOptions limited = options();
  limited.allocations_per_user_max = 2;
  limited.allocations_max = 3;
  Ledger ledger(limited);
  EXPECT_EQ(ledger.acquire("a", kStart), Quota::granted);
  EXPECT_EQ(ledger.acquire("a", kStart), Quota::granted);
  EXPECT_EQ(ledger.acquire("a", kStart), Quota::user_full);
  EXPECT_EQ(ledger.acquire("b", kStart), Quota::granted);
  EXPECT_EQ(ledger.acquire("c", kStart), Quota::server_full);
  EXPECT_EQ(ledger.held_by("a"), 2U);
  EXPECT_EQ(ledger.held_by("c"), 0U);
  ledger.release("a");
  EXPECT_EQ(ledger.acquire("c", kStart), Quota::granted);
  ledger.claim("c", kStart);  // restored: whatever the limits say
  EXPECT_EQ(ledger.counts(kStart).allocations, 4U);
}

TEST(Ledger, tells_who_holds_a_place_and_since_when_the_latest) {
  Ledger ledger(options());
  ledger.acquire("a", kStart);
  ledger.acquire("b", kStart);
  ledger.acquire("a", kStart + seconds(20));
  ledger.acquire("gone", kStart);
  ledger.release("gone");
  ledger.release("a");
  ledger.claim("restored", kStart - seconds(100));
  EXPECT_THAT(ledger.holders(),
              UnorderedElementsAre(Ledger::Holder{"a", kStart + seconds(20)}, Ledger::Holder{"b", kStart},
                                   Ledger::Holder{"restored", kStart - seconds(100)}));
}

TEST(Ledger, zero_is_no_limit) {
  LedgerOptions unlimited = options();
  unlimited.allocations_per_user_max = 0;
  Ledger ledger(unlimited);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ledger.acquire("a", kStart), Quota::granted);
}

TEST(Ledger, a_user_has_a_meter_while_it_holds_a_place) {
  LedgerOptions metered = options();
  metered.meters_max = 2;
  Ledger ledger(metered);
  ledger.acquire("a", kStart);
  ledger.acquire("b", kStart);
  const relay::MeterId a = ledger.meter_of("a");
  EXPECT_NE(a, 0U);
  EXPECT_NE(ledger.meter_of("b"), a);
  EXPECT_EQ(ledger.acquire("a", kStart), Quota::granted);
  EXPECT_EQ(ledger.meter_of("a"), a);
  EXPECT_EQ(ledger.acquire("c", kStart), Quota::server_full);
  ledger.release("a");
  EXPECT_EQ(ledger.meter_of("a"), a);
  ledger.release("a");
  EXPECT_EQ(ledger.meter_of("a"), 0U);
  EXPECT_EQ(ledger.acquire("c", kStart), Quota::granted);
  EXPECT_EQ(ledger.meter_of("c"), a);

  Ledger unmetered(options());
  unmetered.acquire("a", kStart);
  EXPECT_EQ(unmetered.meter_of("a"), 0U);
}

// The odd port of a leased pair, reserved for the user.
struct Reserved {
  explicit Reserved(Ledger& ledger, Random& random, TimePoint now = kStart) {
    const Endpoint even = ledger.lease_port(Family::ipv4, Parity::pair, random, now).value();
    ledger.acquire("a", now);
    ledger.acquire("a", now);
    odd = even.with_port(static_cast<std::uint16_t>(even.port + 1));
    token = ledger.reserve(odd, "a", random, now);
  }
  Endpoint odd;
  ReservationToken token;
};

TEST(Ledger, TURN_ALLOC_07_TURN_ALLOC_15_a_token_is_good_once_and_for_at_least_30_s) {
  SeededRandom random(1);
  Ledger ledger(options());
  const Reserved reserved(ledger, random);
  ReservationToken wrong = reserved.token;
  wrong[7] ^= 1;
  EXPECT_FALSE(ledger.redeem(wrong, "b", kStart));
  EXPECT_EQ(ledger.redeem(reserved.token, "b", kStart + seconds(30)), reserved.odd);
  EXPECT_FALSE(ledger.redeem(reserved.token, "b", kStart + seconds(30)));
  EXPECT_EQ(ledger.held_by("a"), 1U);
  EXPECT_EQ(ledger.held_by("b"), 1U);
  EXPECT_TRUE(ledger.is_live_relay(reserved.odd));

  const Reserved late(ledger, random);
  EXPECT_FALSE(ledger.redeem(late.token, "b", kStart + seconds(40)));
}

TEST(Ledger, TURN_ALLOC_16_an_expired_reservation_gives_back_place_and_port) {
  SeededRandom random(1);
  Ledger ledger(options());
  const Reserved reserved(ledger, random);
  EXPECT_EQ(ledger.counts(kStart), (Ledger::Counts{2, 1, 20, 18, 0, 2}));
  EXPECT_EQ(ledger.reservations(kStart + seconds(31)).size(), 1U);
  EXPECT_EQ(ledger.counts(kStart + seconds(32)), (Ledger::Counts{1, 0, 20, 18, 1, 1}));
  EXPECT_FALSE(ledger.is_live_relay(reserved.odd));
}

TEST(Ledger, S6_tokens_are_not_alike) {
  SeededRandom random(1);
  LedgerOptions wide = options();
  wide.ports = {49152, 65535};
  wide.allocations_per_user_max = 0;
  Ledger ledger(wide);
  std::set<ReservationToken> tokens;
  for (int i = 0; i < 1000; ++i) tokens.insert(Reserved(ledger, random).token);
  EXPECT_EQ(tokens.size(), 1000U);
}

TEST(Ledger, reservations_move_to_another_process) {
  SeededRandom random(1);
  Ledger ledger(options());
  Ledger successor(options());
  const Reserved reserved(ledger, random);
  for (const auto& reservation : ledger.reservations(kStart)) successor.claim_reservation(reservation);
  EXPECT_EQ(successor.reservations(kStart), ledger.reservations(kStart));
  EXPECT_EQ(successor.counts(kStart), (Ledger::Counts{1, 1, 20, 19, 0, 1}));
  EXPECT_EQ(successor.redeem(reserved.token, "b", kStart), reserved.odd);
}

TEST(Ledger, workers_may_use_it_at_once) {
  LedgerOptions wide = options();
  wide.ports = {50000, 50999};
  wide.port_quiet = Duration{};
  wide.allocations_per_user_max = 0;
  Ledger ledger(wide);
  std::vector<std::jthread> workers;
  for (std::uint64_t worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&ledger, worker] {
      SeededRandom random(worker);
      for (int i = 0; i < 2000; ++i) {
        if (ledger.acquire("user", kStart) != Quota::granted) continue;
        const auto relay =
            ledger.lease_port(i % 2 == 0 ? Family::ipv4 : Family::ipv6, Parity::any, random, kStart);
        EXPECT_TRUE(relay && ledger.is_live_relay(*relay));
        ledger.release_port(*relay, kStart);
        ledger.release("user");
      }
    });
  }
  workers.clear();
  const auto counts = ledger.counts(kStart);
  EXPECT_EQ(counts.allocations, 0U);
  EXPECT_EQ(counts.ports_leased, 0U);
  EXPECT_EQ(counts.ports_free + counts.ports_resting, counts.ports_total);
}

}  // namespace
}  // namespace turnpike::turn
