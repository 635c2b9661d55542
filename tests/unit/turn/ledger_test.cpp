// What joins ports, places and bars: a reservation holds a port and a place, and workers may use all at once.
#include "turnpike/turn/ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <unordered_map>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }
const TimePoint kStart{seconds(5000)};

LedgerOptions options() {
  LedgerOptions made;
  made.addresses = {ip("203.0.113.1"), ip("2001:db8::1")};
  made.ports = {50000, 50009};
  return made;
}

Ledger::Counts counts(std::size_t places, std::size_t reservations, PortCounts ports) {
  return {places, reservations, ports};
}

// The odd port of a leased pair, reserved for the user.
struct Reserved {
  explicit Reserved(Ledger& ledger, Random& random, TimePoint now = kStart) {
    const auto even = ledger.lease_port(Family::ipv4, Parity::pair, {"a"}, random, now).value();
    ledger.claim_place({"a"}, now);
    ledger.claim_place({"a"}, now);
    odd = partner_of(even);
    token = ledger.reserve_port(odd, "a", random, now);
  }
  RelayEndpoint odd;
  ReservationToken token;
};

TEST(Ledger, it_says_when_a_reservation_ends_and_ends_it_when_it_is_told_to) {
  SeededRandom random(1);
  std::vector<RelayEndpoint> released;
  LedgerOptions told = options();
  told.released = [&](const RelayEndpoint& relay) { released.push_back(relay); };
  Ledger ledger(told);
  EXPECT_EQ(ledger.next_expiry(), std::nullopt);
  const Reserved first(ledger, random);
  const Reserved second(ledger, random, kStart + seconds(1));
  EXPECT_EQ(ledger.next_expiry(), kStart + kReservationHold);
  ledger.expire(kStart + kReservationHold);
  EXPECT_EQ(released, std::vector{first.odd});
  EXPECT_EQ(ledger.next_expiry(), kStart + seconds(1) + kReservationHold);
  EXPECT_TRUE(ledger.redeem_port(second.token, "a", kStart + kReservationHold));
  ledger.expire(kStart + seconds(1) + kReservationHold);
  EXPECT_EQ(ledger.next_expiry(), std::nullopt);
  EXPECT_EQ(released.size(), 1U);
}

TEST(Ledger, a_reservation_that_another_ledger_had_ends_at_its_time) {
  SeededRandom random(1);
  Ledger before(options());
  const Reserved made(before, random);
  Ledger after(options());
  after.claim_reservation(before.reservations(kStart).at(0));
  EXPECT_EQ(after.next_expiry(), kStart + kReservationHold);
}

TEST(Ledger, each_of_its_options_arrives) {
  SeededRandom random(1);
  LedgerOptions given = options();
  given.port_quiet = seconds(7);
  given.allocations_per_user_max = 1;
  given.allocations_per_shared_user_max = 2;
  given.allocations_max = 4;
  given.meters_max = 9;
  given.bars_max = 1;
  Ledger ledger(given);
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::granted);
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::user_full);
  EXPECT_EQ(ledger.take_places({"b", NameKind::shared}, 1, kStart), Quota::granted);
  EXPECT_EQ(ledger.take_places({"b", NameKind::shared}, 1, kStart), Quota::granted);
  EXPECT_EQ(ledger.take_places({"b", NameKind::shared}, 1, kStart), Quota::user_full);
  EXPECT_EQ(ledger.take_places({"c"}, 1, kStart), Quota::granted);
  EXPECT_EQ(ledger.take_places({"d"}, 1, kStart), Quota::server_full);
  EXPECT_NE(ledger.meter_of("a"), 0U);
  ledger.bar("d", kStart + seconds(1));
  ledger.bar("e", kStart + seconds(2));
  EXPECT_FALSE(ledger.is_barred("d", kStart));
  EXPECT_TRUE(ledger.is_barred("e", kStart));
  ledger.release_port(ledger.lease_port(Family::ipv4, Parity::any, {"a"}, random, kStart).value(), kStart);
  ledger.lease_port(Family::ipv4, Parity::any, {"b"}, random, kStart + seconds(7) - Duration(1));
  EXPECT_EQ(ledger.counts(kStart).ports.resting, 1U);
  ledger.lease_port(Family::ipv4, Parity::any, {"b"}, random, kStart + seconds(7));
  EXPECT_EQ(ledger.counts(kStart).ports.resting, 0U);
}

TEST(Ledger, a_bar_by_the_operator_is_lifted_by_the_operator_alone) {
  Ledger ledger(options());
  ledger.bar_by_operator("a", kStart + seconds(5));
  ledger.bar("b", kStart + seconds(5));
  ledger.lift("a");
  EXPECT_TRUE(ledger.is_barred("a", kStart));
  EXPECT_EQ(ledger.barred_by_operator("a", kStart), kStart + seconds(5));
  EXPECT_EQ(ledger.barred_by_operator("b", kStart), std::nullopt);
  ledger.lift_by_operator("b");
  EXPECT_TRUE(ledger.is_barred("b", kStart));
  ledger.lift_by_operator("a");
  EXPECT_FALSE(ledger.is_barred("a", kStart));
  ledger.bar_by_operator("a", kStart + seconds(5));
  EXPECT_FALSE(ledger.is_barred("a", kStart + seconds(5)));
}

TEST(Ledger, a_token_is_good_once_and_for_at_least_30_s_TURN_ALLOC_07_TURN_ALLOC_15) {
  SeededRandom random(1);
  Ledger ledger(options());
  const Reserved reserved(ledger, random);
  ReservationToken wrong = reserved.token;
  wrong[7] ^= 1;
  EXPECT_FALSE(ledger.redeem_port(wrong, "a", kStart));
  EXPECT_FALSE(ledger.redeem_port(reserved.token, "b", kStart + seconds(30))) << "another user";
  EXPECT_FALSE(ledger.is_live_relay(PeerEndpoint(reserved.odd.plain())));
  EXPECT_EQ(ledger.redeem_port(reserved.token, "a", kStart + seconds(30)), reserved.odd);
  EXPECT_FALSE(ledger.redeem_port(reserved.token, "a", kStart + seconds(30)));
  EXPECT_EQ(ledger.held_by("a"), 2U);
  EXPECT_EQ(ledger.held_by("b"), 0U);
  EXPECT_TRUE(ledger.is_live_relay(PeerEndpoint(reserved.odd.plain())));

  const Reserved late(ledger, random);
  EXPECT_FALSE(ledger.redeem_port(late.token, "a", kStart + seconds(40)));
}

TEST(Ledger, an_expired_reservation_gives_back_place_and_port_TURN_ALLOC_16) {
  SeededRandom random(1);
  Ledger ledger(options());
  const Reserved reserved(ledger, random);
  EXPECT_EQ(ledger.counts(kStart), counts(2, 1, {.total = 20, .free = 18, .resting = 0, .leased = 2}));
  EXPECT_EQ(ledger.reservations(kStart + seconds(31)).size(), 1U);
  EXPECT_EQ(ledger.counts(kStart + seconds(32)),
            counts(1, 0, {.total = 20, .free = 18, .resting = 1, .leased = 1}));
  EXPECT_FALSE(ledger.is_live_relay(PeerEndpoint(reserved.odd.plain())));
}

TEST(Ledger, a_place_of_an_expired_reservation_is_there_for_whoever_asks_next) {
  SeededRandom random(1);
  LedgerOptions given = options();
  given.allocations_per_user_max = 2;
  Ledger ledger(given);
  const Reserved reserved(ledger, random);
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart + seconds(31)), Quota::user_full);
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart + seconds(32)), Quota::granted);
}

TEST(Ledger, a_reservation_that_is_left_gives_its_place_to_its_user_and_its_port_to_all) {
  SeededRandom random(1);
  LedgerOptions given = options();
  given.addresses = {ip("203.0.113.1")};
  given.ports = {50000, 50001};
  given.allocations_per_user_max = 2;
  Ledger ledger(given);
  const Reserved first(ledger, random);
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::user_full);
  EXPECT_TRUE(ledger.is_exhausted(kStart));
  ledger.leave_reservation(first.token);
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::granted);
  EXPECT_EQ(ledger.counts(kStart), counts(2, 0, {.total = 2, .free = 0, .resting = 1, .leased = 1}));

  Ledger other(given);
  const Reserved second(other, random);
  EXPECT_FALSE(other.lease_port(Family::ipv4, Parity::any, {"b"}, random, kStart));
  other.leave_reservation(second.token);
  EXPECT_EQ(other.lease_port(Family::ipv4, Parity::any, {"b"}, random, kStart), second.odd);
  EXPECT_EQ(other.held_by("a"), 1U);
  EXPECT_FALSE(other.redeem_port(second.token, "a", kStart));
}

TEST(Ledger, exhaustion_is_told_once_until_a_port_comes_back_and_ten_seconds_are_over) {
  SeededRandom random(1);
  LedgerOptions given = options();
  given.ports = {50000, 50000};
  Ledger ledger(given);
  const auto v4 = ledger.lease_port(Family::ipv4, Parity::any, {"a"}, random, kStart).value();
  EXPECT_TRUE(ledger.is_exhausted(kStart)) << "of one family";
  EXPECT_EQ(ledger.scarcest_ports(), (PortCounts{.total = 1, .free = 0, .resting = 0, .leased = 1}));
  EXPECT_TRUE(ledger.is_newly_exhausted(kStart));
  EXPECT_FALSE(ledger.is_newly_exhausted(kStart + seconds(20)));
  const auto again = [&](Duration after) {
    ledger.release_port(v4, kStart + after);
    EXPECT_FALSE(ledger.is_newly_exhausted(kStart + after));
    ledger.lease_port(Family::ipv4, Parity::any, {"a"}, random, kStart + after);
    return ledger.is_newly_exhausted(kStart + after);
  };
  EXPECT_FALSE(again(seconds(9)));
  EXPECT_TRUE(again(seconds(21)));
}

TEST(Ledger, reservations_move_to_another_process_with_their_places) {
  SeededRandom random(1);
  Ledger ledger(options());
  Ledger successor(options());
  const Reserved reserved(ledger, random);
  for (const auto& reservation : ledger.reservations(kStart)) successor.claim_reservation(reservation);
  EXPECT_EQ(successor.reservations(kStart), ledger.reservations(kStart));
  EXPECT_EQ(successor.counts(kStart), counts(1, 1, {.total = 20, .free = 19, .resting = 0, .leased = 1}));
  EXPECT_EQ(successor.redeem_port(reserved.token, "a", kStart), reserved.odd);
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
        if (ledger.take_places({"user"}, 1, kStart) != Quota::granted) continue;
        const auto relay = ledger.lease_port(i % 2 == 0 ? Family::ipv4 : Family::ipv6, Parity::any, {"user"},
                                             random, kStart);
        EXPECT_TRUE(relay && ledger.is_live_relay(PeerEndpoint(relay->plain())));
        ledger.release_port(*relay, kStart);
        ledger.give_place_back("user");
      }
    });
  }
  workers.clear();
  const auto left = ledger.counts(kStart);
  EXPECT_EQ(left.places, 0U);
  EXPECT_EQ(left.ports.leased, 0U);
  EXPECT_EQ(left.ports.free + left.ports.resting, left.ports.total);
}

// What the test says, of one user.
class Told final : public HeldElsewhere {
 public:
  std::uint32_t places_of(std::string_view user_id) const override {
    return user_id == "a" ? places.load() : 0;
  }
  std::atomic<std::uint32_t> places = 0;
};

TEST(Ledger, what_users_hold_elsewhere_counts_for_whoever_asks) {
  Told elsewhere;
  LedgerOptions given = options();
  given.allocations_per_user_max = 3;
  Ledger ledger(given);
  ledger.count_elsewhere(elsewhere);
  elsewhere.places = 2;
  EXPECT_FALSE(ledger.is_full({"a"}, 1));
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::granted);
  EXPECT_TRUE(ledger.is_full({"a"}, 1));
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::user_full);
  EXPECT_EQ(ledger.places_lacking({"a"}, 1), 1U);
  EXPECT_EQ(ledger.take_places({"b"}, 1, kStart), Quota::granted);
  elsewhere.places = 1;
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::granted);
}

TEST(Ledger, what_a_user_left_behind_makes_room_while_others_hold_the_rest) {
  SeededRandom random(1);
  Told elsewhere;
  elsewhere.places = 1;
  LedgerOptions given = options();
  given.allocations_per_user_max = 3;
  Ledger ledger(given);
  ledger.count_elsewhere(elsewhere);
  const Reserved reserved(ledger, random);
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::user_full);
  ledger.leave_reservation(reserved.token);
  EXPECT_EQ(ledger.take_places({"a"}, 1, kStart), Quota::granted);
}

// Two workers, somebody who tells other servers, and what they tell.
TEST(Ledger, changes_that_are_taken_while_others_come_and_go_add_up) {
  constexpr int kRounds = 2000;
  Told elsewhere;
  LedgerOptions given = options();
  given.allocations_per_user_max = 5;
  Ledger ledger(given);
  ledger.count_elsewhere(elsewhere);
  std::unordered_map<std::string, Holding> known;
  const auto take = [&] {
    HoldingChanges changes = ledger.take_holding_changes();
    if (changes.are_all) known.clear();
    for (const auto& [user_id, holding] : changes.holdings) known[user_id] = holding;
  };
  ledger.watch_holdings(true);
  std::vector<std::jthread> threads;
  for (int worker = 0; worker < 2; ++worker) {
    threads.emplace_back([&ledger] {
      for (int i = 0; i < kRounds; ++i) {
        const std::string user_id(1, static_cast<char>('a' + i % 3));
        const bool is_granted = ledger.take_places({user_id}, 1, kStart) == Quota::granted;
        if (is_granted && i % 100 != 0) ledger.give_place_back(user_id);
      }
    });
  }
  for (int i = 0; i < kRounds; ++i) {
    elsewhere.places = static_cast<std::uint32_t>(i % 3);
    take();
  }
  threads.clear();
  take();
  for (const char* user_id : {"a", "b", "c"}) {
    EXPECT_GT(ledger.held_by(user_id), 0U) << user_id;
    EXPECT_EQ(known[user_id].places, ledger.held_by(user_id)) << user_id;
  }
  ledger.watch_holdings(false);
  ledger.give_place_back("a");
  EXPECT_EQ(ledger.take_holding_changes().holdings.size(), 0U);
}

}  // namespace
}  // namespace turnpike::turn
