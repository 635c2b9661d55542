// What follows from each change of a live allocation: whole lists of effects.
#include "turnpike/turn/live_allocations.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;

const TimePoint kStart{seconds(5000)};
const IpAddress kPeer = IpAddress::v4(192, 0, 2, 1);
const IpAddress kOtherPeer = IpAddress::v4(192, 0, 2, 2);
const IpAddress kRelayV4 = IpAddress::v4(10, 0, 0, 5);
const IpAddress kRelayV6 = IpAddress::parse("2001:db8::1").value();
const IpAddress kOutside = IpAddress::v4(203, 0, 113, 9);
const auto kAll = [](const auto&) { return true; };

LedgerOptions ledger_options() {
  LedgerOptions options;
  options.addresses = {kRelayV4, kRelayV6};
  options.ports = {50000, 50009};
  return options;
}

// An allocation with a half of each family, a channel and a permission that has none.
struct Site {
  Site() {
    Allocation made;
    made.id = 7;
    made.identity.user_id = "user";
    made.started = kStart;
    ledger.claim_place({"user"}, kStart);
    for (const IpAddress& address : {kRelayV4, kRelayV6}) {
      ledger.claim_port({address, 50000}, {"user"});
      made.halves.push_back({{address, 50000}, kStart + seconds(600)});
    }
    live.begin(std::move(made), 600);
    add_permission(kPeer, 300);
    add_permission(kOtherPeer, 200);
    allocation().channels.push_back({0x4000, {kPeer, 9}, kStart + seconds(400), {}});
    live.update(allocation());
  }

  Allocation& allocation() { return *live.find({}, kStart); }
  void add_permission(const IpAddress& peer, int expires_s) {
    allocation().add_permission(peer).expires = kStart + seconds(expires_s);
  }
  std::vector<Effect> effects() {
    std::vector<Effect> all;
    while (auto effect = out.next()) {
      if (const auto* close = std::get_if<CloseRelay>(&*effect)) ledger.release_port(close->relay, kStart);
      all.push_back(std::move(*effect));
    }
    return all;
  }

  Ledger ledger{ledger_options()};
  AddressMap external{{{kRelayV4, ExternalAddress(kOutside)}}};
  Outbox out;
  LiveAllocations live{external, ledger, out};
};

// Only what a list of effects is compared by.
std::vector<std::string> told(const std::vector<Effect>& effects) {
  std::vector<std::string> lines;
  for (const Effect& effect : effects) {
    const auto* published = std::get_if<PublishRoute>(&effect);
    const auto* retracted = std::get_if<RetractRoute>(&effect);
    if (const relay::Route* route = published ? &published->route : retracted ? &retracted->route : nullptr) {
      const auto ends_s = std::chrono::duration_cast<seconds>(route->deadline - kStart).count();
      lines.push_back((published ? "publish " : "retract ") + route->peer.to_string() +
                      (published ? " until " + std::to_string(ends_s) : ""));
    } else if (const auto* closed = std::get_if<CloseRelay>(&effect)) {
      lines.push_back("close " + closed->relay.to_string());
    } else if (const auto* ended = std::get_if<AllocationEnded>(&effect)) {
      lines.push_back("ended: " + std::string(to_string(ended->reason)));
    } else {
      lines.emplace_back("something else");
    }
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(LiveAllocations, the_beginning_is_told_with_addresses_as_clients_see_them) {
  Site site;
  const auto effects = site.effects();
  EXPECT_EQ(effects.at(0),
            Effect(AllocationStarted{7, {}, "user", {{kOutside, 50000}, {kRelayV6, 50000}}, 600}));
  EXPECT_EQ(told({effects.begin() + 1, effects.end()}),
            (Lines{"publish 192.0.2.1:0 until 300", "publish 192.0.2.2:0 until 200",
                   "publish 192.0.2.1:9 until 300"}));
}

TEST(LiveAllocations, an_update_publishes_what_has_moved_and_wakes_for_what_ends_first) {
  Site site;
  site.effects();
  EXPECT_EQ(site.live.table().next_deadline(), kStart + seconds(200));
  site.allocation().permission(kOtherPeer)->expires = kStart + seconds(500);
  site.live.update(site.allocation());
  EXPECT_EQ(told(site.effects()), Lines{"publish 192.0.2.2:0 until 500"});
  EXPECT_EQ(site.live.table().next_deadline(), kStart + seconds(300));
  site.live.update(site.allocation());
  EXPECT_TRUE(site.effects().empty());
}

TEST(LiveAllocations, parts_that_end_are_retracted_and_no_longer_waited_for) {
  Site site;
  site.effects();
  site.live.end_permissions(site.allocation(),
                            [](const Permission& permission) { return permission.peer == kOtherPeer; });
  EXPECT_EQ(told(site.effects()), Lines{"retract 192.0.2.2:0"});
  EXPECT_EQ(site.live.table().next_deadline(), kStart + seconds(300));
  site.live.end_channels(site.allocation(), kAll);
  EXPECT_EQ(told(site.effects()), Lines{"retract 192.0.2.1:9"});
  site.live.end_channels(site.allocation(), kAll);
  EXPECT_TRUE(site.effects().empty());
}

TEST(LiveAllocations, each_part_ends_at_its_time_and_the_allocation_with_its_last_half) {
  Site site;
  site.effects();
  const struct {
    int at_s;
    Lines expected;
  } steps[] = {
      {199, {}},
      {200, {"retract 192.0.2.2:0"}},
      {300, {"retract 192.0.2.1:0"}},
      {400, {"retract 192.0.2.1:9"}},
      {599, {}},
      {600, {"close [2001:db8::1]:50000", "close 10.0.0.5:50000", "ended: expired"}},
      {700, {}},
  };
  for (const auto& [at_s, expected] : steps) {
    site.live.expire_due(kStart + seconds(at_s));
    EXPECT_EQ(told(site.effects()), expected) << at_s;
  }
  EXPECT_EQ(site.live.find({}, kStart), nullptr);
  EXPECT_EQ(site.ledger.held_by("user"), 0U);
  EXPECT_EQ(site.ledger.counts(kStart).ports.leased, 0U);
}

TEST(LiveAllocations, one_half_may_end_alone_with_what_goes_through_it) {
  Site site;
  site.effects();
  site.allocation().half(Family::ipv4)->expires = kStart + seconds(100);
  site.live.expire(site.allocation(), kStart + seconds(100));
  EXPECT_EQ(told(site.effects()), (Lines{"retract 192.0.2.1:9", "retract 192.0.2.1:0", "retract 192.0.2.2:0",
                                         "close 10.0.0.5:50000"}));
  EXPECT_EQ(site.live.find_by_relay({kRelayV4, 50000}), nullptr);
  EXPECT_NE(site.live.find_by_relay({kRelayV6, 50000}), nullptr);
  EXPECT_EQ(site.ledger.held_by("user"), 1U);
  EXPECT_EQ(site.live.table().next_deadline(), kStart + seconds(600));
}

TEST(LiveAllocations, one_that_is_over_is_not_found_though_nobody_woke_for_it) {
  Site site;
  site.effects();
  EXPECT_EQ(site.live.find({}, kStart + seconds(600)), nullptr);
  EXPECT_EQ(told(site.effects()).back(), "ended: expired");
}

TEST(LiveAllocations, a_restored_one_claims_what_it_holds_and_publishes_its_routes) {
  Site site;
  site.effects();
  const Allocation saved = site.allocation();
  Site other;
  other.live.end(7, EndReason::shutdown, kStart);
  other.effects();
  other.live.restore(saved);
  EXPECT_EQ(told(other.effects()), (Lines{"publish 192.0.2.1:0 until 300", "publish 192.0.2.2:0 until 200",
                                          "publish 192.0.2.1:9 until 300"}));
  EXPECT_EQ(other.ledger.held_by("user"), 1U);
  EXPECT_TRUE(other.ledger.is_live_relay({kRelayV4, 50000}));
  EXPECT_EQ(other.allocation(), saved);
}

}  // namespace
}  // namespace turnpike::turn
