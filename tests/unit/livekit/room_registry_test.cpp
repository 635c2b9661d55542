// The registry: what each event ends, and that order, repetition and loss of events change nothing for the
// worse.
#include "turnpike/livekit/room_registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "turnpike/base/random.hpp"
#include "turnpike/livekit/bound_user.hpp"

namespace turnpike::livekit {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr UnixSeconds kStart = 1750000000;

// The time at which clock and LiveKit's clock both have gone on for so long.
Now at(std::int64_t s) { return {TimePoint(seconds(s)), kStart + s}; }

WebhookEvent event(Meaning meaning, std::int64_t s, std::string sid = "PA_1", std::string identity = "alice",
                   std::string room = "1") {
  return {meaning, "", "", kStart + s, "RM_" + room, "r" + room, std::move(sid), std::move(identity), ""};
}
WebhookEvent room_over(std::int64_t s, const std::string& room = "1") {
  return event(Meaning::room_over, s, "", "", room);
}

std::vector<std::string> users(const Outcome& outcome) {
  std::vector<std::string> ids;
  for (const Revocation& revocation : outcome.revoked) ids.push_back(revocation.user_id);
  return ids;
}

std::string bound(std::string_view identity, std::string_view room = "r1") {
  return bound_user_id(room, identity);
}

class Registry : public testing::Test {
 protected:
  Outcome on(const WebhookEvent& e, std::int64_t s) { return registry_.on_event(e, at(s)); }
  bool is_barred(std::string_view sid, std::int64_t s) const { return registry_.is_barred(sid, at(s)); }

  RoomRegistry registry_{RegistryOptions{}};
};

TEST_F(Registry, whoever_leaves_is_revoked_and_barred_and_so_is_the_bound_user_revoked) {
  EXPECT_EQ(on(event(Meaning::joined, 0), 0), Outcome{});
  EXPECT_FALSE(is_barred("PA_1", 1));
  const Outcome outcome = on(event(Meaning::left, 10), 10);
  const Membership was{"r1", "alice"};
  const Outcome expected{
      {{"PA_1", TimePoint(seconds(10) + hours(24)), was}, {bound("alice"), std::nullopt, was}}, {}};
  EXPECT_EQ(outcome, expected);
  EXPECT_TRUE(is_barred("PA_1", 10));
  EXPECT_FALSE(is_barred("PA_2", 10));
}

TEST_F(Registry, whoever_was_never_heard_of_can_leave) {
  EXPECT_THAT(users(on(event(Meaning::left, 10), 10)), ElementsAre("PA_1", bound("alice")));
  EXPECT_TRUE(is_barred("PA_1", 10));
}

TEST_F(Registry, a_repeated_event_changes_nothing) {
  on(event(Meaning::joined, 0), 0);
  EXPECT_EQ(on(event(Meaning::joined, 0), 1), Outcome{});
  on(event(Meaning::left, 10), 10);
  EXPECT_EQ(on(event(Meaning::left, 10), 11), Outcome{});
  EXPECT_EQ(on(event(Meaning::joined, 0), 12), Outcome{});
  EXPECT_TRUE(is_barred("PA_1", 12));
}

TEST_F(Registry, a_bar_is_lifted_by_a_later_join_of_that_participant_only) {
  on(event(Meaning::left, 10), 10);
  EXPECT_EQ(on(event(Meaning::joined, 9), 11), Outcome{}) << "earlier";
  EXPECT_EQ(on(event(Meaning::joined, 10), 11), Outcome{}) << "in the same second";
  EXPECT_EQ(on(event(Meaning::joined, 11, "PA_2"), 11), Outcome{}) << "another one";
  EXPECT_TRUE(is_barred("PA_1", 11));
  EXPECT_EQ(on(event(Meaning::joined, 11), 12), (Outcome{{}, {"PA_1"}}));
  EXPECT_FALSE(is_barred("PA_1", 12));
}

TEST_F(Registry, a_leave_that_is_older_than_the_join_is_none) {
  on(event(Meaning::joined, 11), 11);
  EXPECT_EQ(on(event(Meaning::left, 10), 12), Outcome{});
  EXPECT_FALSE(is_barred("PA_1", 12));
}

TEST_F(Registry, a_duplicate_identity_throws_out_the_earlier_participant_alone) {
  on(event(Meaning::joined, 0, "PA_old"), 0);
  EXPECT_THAT(users(on(event(Meaning::superseded, 20, "PA_old"), 20)), ElementsAre("PA_old"));
  EXPECT_EQ(on(event(Meaning::joined, 20, "PA_new"), 20), Outcome{});
  EXPECT_TRUE(is_barred("PA_old", 20));
  EXPECT_FALSE(is_barred("PA_new", 20));
}

TEST_F(Registry, a_bound_user_who_is_somebody_else_by_now_is_let_be) {
  on(event(Meaning::joined, 0, "PA_old"), 0);
  on(event(Meaning::joined, 20, "PA_new"), 20);
  EXPECT_THAT(users(on(event(Meaning::left, 21, "PA_old"), 21)), ElementsAre("PA_old"));
  EXPECT_THAT(users(on(event(Meaning::left, 30, "PA_new"), 30)), ElementsAre("PA_new", bound("alice")));
}

TEST_F(Registry, an_earlier_join_that_comes_late_does_not_take_the_identity) {
  on(event(Meaning::joined, 20, "PA_new"), 20);
  on(event(Meaning::joined, 0, "PA_old"), 21);
  EXPECT_THAT(users(on(event(Meaning::left, 21, "PA_old"), 22)), ElementsAre("PA_old"));
}

TEST_F(Registry, a_late_event_ends_the_bound_user_too) {
  EXPECT_THAT(users(on(event(Meaning::left, 10), 10 + 30)), ElementsAre("PA_1", bound("alice")));
  on(event(Meaning::joined, 50, "PA_2"), 50);
  EXPECT_THAT(users(on(room_over(60), 60 + 30)), ElementsAre("PA_2", bound("alice")));
}

TEST_F(Registry, whoever_is_removed_is_barred_as_bound_user_until_that_identity_joins_again) {
  const Membership was{"r1", "alice"};
  on(event(Meaning::joined, 0), 0);
  EXPECT_EQ(
      on(event(Meaning::removed, 10), 10),
      (Outcome{{{"PA_1", TimePoint(seconds(10) + hours(24)), was}, {bound("alice"), TimePoint::max(), was}},
               {}}));
  EXPECT_TRUE(is_barred(bound("alice"), 10));
  EXPECT_TRUE(is_barred(bound("alice"), 100 * 86400)) << "nobody knows how long the token lives";
  EXPECT_EQ(on(event(Meaning::joined, 9, "PA_0"), 11), Outcome{}) << "earlier";
  EXPECT_EQ(on(event(Meaning::joined, 20, "PA_2", "bob"), 20), Outcome{});
  EXPECT_EQ(on(event(Meaning::joined, 20, "PA_3", "alice", "2"), 20), Outcome{}) << "another room";
  EXPECT_EQ(on(event(Meaning::joined, 20, "PA_4"), 20), (Outcome{{}, {bound("alice")}}));
  EXPECT_FALSE(is_barred(bound("alice"), 20));
  EXPECT_TRUE(is_barred("PA_1", 20));
}

TEST_F(Registry, a_removal_that_comes_late_bars_as_well_unless_the_identity_is_there_again) {
  EXPECT_THAT(users(on(event(Meaning::removed, 10), 10 + 30)), ElementsAre("PA_1", bound("alice")));
  EXPECT_TRUE(is_barred(bound("alice"), 40));
  on(event(Meaning::joined, 20, "PA_2", "bob"), 20);
  EXPECT_THAT(users(on(event(Meaning::removed, 10, "PA_3", "bob"), 40)), ElementsAre("PA_3"));
  EXPECT_FALSE(is_barred(bound("bob"), 40));
}

TEST_F(Registry, a_token_that_was_issued_after_the_removal_lifts_the_bar_and_no_other_does) {
  const Membership alice{"r1", "alice"};
  on(event(Meaning::removed, 10), 10);
  for (const std::optional<UnixSeconds> issued :
       {std::optional<UnixSeconds>{}, std::optional(kStart), std::optional(kStart + 10)}) {
    EXPECT_EQ(registry_.expect(alice, issued), Outcome{});
    EXPECT_TRUE(is_barred(bound("alice"), 11));
  }
  EXPECT_EQ(registry_.expect(alice, kStart + 11), (Outcome{{}, {bound("alice")}}));
  EXPECT_FALSE(is_barred(bound("alice"), 11));
  EXPECT_THAT(users(on(event(Meaning::removed, 10, "PA_2"), 12)), ElementsAre("PA_2"))
      << "an earlier one, late";
  EXPECT_THAT(users(on(event(Meaning::removed, 13, "PA_3"), 13)), ElementsAre("PA_3", bound("alice")));
}

TEST_F(Registry, a_room_that_is_over_takes_all_with_it_who_were_there) {
  on(event(Meaning::joined, 0, "PA_1", "alice"), 0);
  on(event(Meaning::joined, 0, "PA_2", "bob"), 0);
  on(event(Meaning::joined, 0, "PA_3", "alice", "2"), 0);
  EXPECT_THAT(users(on(room_over(10), 10)), ElementsAre("PA_1", bound("alice"), "PA_2", bound("bob")));
  EXPECT_FALSE(is_barred("PA_3", 10));
  EXPECT_EQ(on(room_over(10), 11), Outcome{});
  EXPECT_THAT(users(on(event(Meaning::joined, 5, "PA_4", "carol"), 11)), ElementsAre("PA_4"))
      << "joined before the end, heard of after it";
  EXPECT_EQ(on(event(Meaning::joined, 12, "PA_5", "dora", "9"), 12), Outcome{});
}

TEST_F(Registry, what_means_nothing_ends_and_lifts_nothing) {
  on(event(Meaning::joined, 0, "PA_here"), 0);
  on(event(Meaning::left, 0, "PA_gone"), 0);
  EXPECT_EQ(on(event(Meaning::nothing, 10, "PA_here"), 10), Outcome{});
  EXPECT_EQ(on(event(Meaning::nothing, 10, "PA_gone"), 10), Outcome{});
  EXPECT_EQ(on(event(Meaning::nothing, 10, "", ""), 10), Outcome{});
  EXPECT_FALSE(is_barred("PA_here", 10));
  EXPECT_TRUE(is_barred("PA_gone", 10));
  EXPECT_EQ(registry_.counts(), (RoomRegistry::Counts{1, 1, 0}));
}

// LiveKit says no more of a participant whose signalling was lost before the media began.
TEST_F(Registry, whoever_is_known_from_any_event_ends_with_the_room) {
  EXPECT_EQ(on(event(Meaning::nothing, 5), 5), Outcome{});
  EXPECT_EQ(registry_.find("PA_1"), (Membership{"r1", "alice"}));
  EXPECT_THAT(users(on(room_over(10), 10)), ElementsAre("PA_1", bound("alice")));
}

TEST_F(Registry, tells_who_a_user_is) {
  const Membership alice{"r1", "alice"};
  on(event(Meaning::joined, 0), 0);
  EXPECT_EQ(registry_.find("PA_1"), alice);
  EXPECT_EQ(registry_.find(bound("alice")), alice);
  EXPECT_EQ(registry_.find("PA_2"), std::nullopt);
  on(event(Meaning::joined, 5, "PA_1", "alice", "2"), 5);
  EXPECT_EQ(registry_.find(bound("alice")), std::nullopt) << "moved to another room";
  EXPECT_EQ(registry_.find(bound("alice", "r2")), (Membership{"r2", "alice"}));
  on(event(Meaning::left, 10, "PA_1", "alice", "2"), 10);
  EXPECT_EQ(registry_.find("PA_1"), std::nullopt);
  EXPECT_EQ(registry_.find(bound("alice", "r2")), std::nullopt);
}

TEST(RegistryBounds, bars_end_after_their_life) {
  RoomRegistry registry({.bar_life = seconds(100)});
  registry.on_event(event(Meaning::left, 0), at(0));
  EXPECT_TRUE(registry.is_barred("PA_1", at(99)));
  EXPECT_FALSE(registry.is_barred("PA_1", at(100)));
  registry.on_event(event(Meaning::nothing, 100), at(100));
  EXPECT_EQ(registry.counts().bars, 0U);
}

TEST(RegistryBounds, tables_hold_so_much_and_the_oldest_goes) {
  RoomRegistry registry({.participants_max = 2, .bars_max = 2, .rooms_max = 2});
  for (const char* sid : {"PA_1", "PA_2", "PA_3"})
    registry.on_event(event(Meaning::joined, 0, sid, sid), at(0));
  EXPECT_EQ(registry.find("PA_1"), std::nullopt);
  EXPECT_EQ(registry.find(bound("PA_1")), std::nullopt);
  EXPECT_NE(registry.find("PA_3"), std::nullopt);

  std::vector<std::string> lifted;
  for (const char* sid : {"PA_1", "PA_2", "PA_3"})
    lifted = registry.on_event(event(Meaning::left, 1, sid, sid), at(1)).lifted;
  EXPECT_THAT(lifted, ElementsAre("PA_1"));
  EXPECT_FALSE(registry.is_barred("PA_1", at(1)));
  EXPECT_TRUE(registry.is_barred("PA_3", at(1)));

  for (const char* room : {"1", "2", "3"}) registry.on_event(room_over(1, room), at(1));
  EXPECT_EQ(registry.counts(), (RoomRegistry::Counts{0, 2, 2}));
}

ListedRoom listed(std::vector<ListedParticipant> participants) {
  return {"RM_1", "r1", std::move(participants)};
}

class Reconciliation : public Registry {
 protected:
  using Rooms = std::vector<ListedRoom>;

  // LiveKit is asked at `s`, and its answer is there a second later.
  Outcome list(const Rooms& rooms, std::int64_t s, std::vector<Relaying> relaying = {}) {
    return registry_.reconcile(rooms, kStart + s, relaying, at(s + 1));
  }
};

TEST_F(Reconciliation, makes_good_a_lost_leave_as_soon_as_two_lists_do_without_the_participant) {
  on(event(Meaning::joined, 0, "PA_1", "alice"), 0);
  on(event(Meaning::joined, 0, "PA_2", "bob"), 0);
  EXPECT_EQ(list({listed({{"PA_2", "bob"}})}, 60), Outcome{});
  EXPECT_FALSE(is_barred("PA_1", 61));
  EXPECT_THAT(users(list({listed({{"PA_2", "bob"}})}, 90)), ElementsAre("PA_1"));
  EXPECT_TRUE(is_barred("PA_1", 91));
  EXPECT_FALSE(is_barred("PA_2", 91));
  EXPECT_EQ(list({listed({{"PA_2", "bob"}})}, 120), Outcome{});
}

TEST_F(Reconciliation, what_one_list_does_without_counts_for_nothing) {
  const Rooms with = {listed({{"PA_1", "alice"}})}, without = {listed({})},
              elsewhere = {{"RM_2", "r2", {{"PA_1", "alice"}}}};
  list(with, 0);
  for (const auto& [name, lists] : std::map<const char*, std::vector<Rooms>>{
           {"LiveKit was on the way up", {{}, with, {}, with}},
           {"on the way to another room", {without, elsewhere, without, elsewhere}},
       }) {
    std::int64_t s = 30;
    for (const Rooms& rooms : lists) EXPECT_EQ(list(rooms, s += 30), Outcome{}) << name;
  }
  EXPECT_EQ(list(without, 300), Outcome{});
  registry_.forget_absences();
  EXPECT_EQ(list(without, 330), Outcome{}) << "LiveKit could not be reached in between";
  EXPECT_THAT(users(list(without, 360)), ElementsAre("PA_1"));
}

TEST_F(Reconciliation, lets_be_who_joined_after_the_question) {
  on(event(Meaning::joined, 60), 60);
  list({}, 60);
  EXPECT_EQ(list({}, 60), Outcome{});
  EXPECT_THAT(users(list({}, 61)), ElementsAre("PA_1"));
}

TEST_F(Reconciliation, ends_who_relays_and_is_in_no_list_though_nothing_was_ever_heard_of_them) {
  const std::vector<Relaying> relaying = {
      {"PA_here", TimePoint(seconds(0))},           {"PA_gone", TimePoint(seconds(0))},
      {bound("alice"), TimePoint(seconds(0))},      {bound("bob"), TimePoint(seconds(0))},
      {"a configured user", TimePoint(seconds(0))}, {"PA_joining", TimePoint(seconds(72))},
      {bound("eve"), TimePoint(seconds(72))}};
  const Rooms rooms = {listed({{"PA_here", "alice"}})};
  EXPECT_EQ(list(rooms, 100, relaying), Outcome{});
  const Outcome outcome = list(rooms, 130, relaying);
  EXPECT_EQ(outcome,
            (Outcome{{{"PA_gone", TimePoint(seconds(131)) + hours(24)}, {bound("bob"), std::nullopt}}, {}}));
  EXPECT_TRUE(is_barred("PA_gone", 131));
  EXPECT_EQ(registry_.find("PA_here"), (Membership{"r1", "alice"})) << "learnt from the list";
  EXPECT_THAT(users(on(event(Meaning::left, 50, "PA_here"), 132)), ElementsAre("PA_here", bound("alice")))
      << "whatever a webhook says counts more";
}

TEST_F(Reconciliation, lets_be_a_bound_user_who_came_back_as_somebody_else) {
  on(event(Meaning::joined, 0, "PA_old"), 0);
  const std::vector<Relaying> relaying = {{"PA_old", TimePoint(seconds(0))},
                                          {bound("alice"), TimePoint(seconds(0))}};
  list({listed({{"PA_new", "alice"}})}, 60, relaying);
  EXPECT_THAT(users(list({listed({{"PA_new", "alice"}})}, 90, relaying)), ElementsAre("PA_old"));
}

// A room that ends and begins again while LiveKit is asked has its participants listed, and not its SID.
TEST_F(Reconciliation, does_not_take_a_room_for_one_of_the_same_name) {
  EXPECT_EQ(list({{"", "r1", {{"PA_1", "alice"}}}}, 60), Outcome{});
  EXPECT_EQ(registry_.find("PA_1"), std::nullopt);
  EXPECT_EQ(on(room_over(61), 61), Outcome{});
}

TEST_F(Reconciliation, lifts_the_bar_of_an_identity_that_is_there_again) {
  on(event(Meaning::removed, 10), 10);
  EXPECT_EQ(list({listed({{"PA_1", "alice"}})}, 9), Outcome{}) << "the one that was removed";
  EXPECT_EQ(list({listed({{"PA_2", "alice"}})}, 9), Outcome{}) << "asked before the removal";
  EXPECT_EQ(list({listed({{"PA_2", "alice"}})}, 11), (Outcome{{}, {bound("alice")}}));
}

TEST_F(Reconciliation, lifts_no_bar_but_its_own) {
  const Rooms all = {listed({{"PA_1", "alice"}, {"PA_2", "bob"}, {"PA_3", "carol"}})};
  on(event(Meaning::left, 10), 10);
  for (const char* sid : {"PA_2", "PA_3"}) on(event(Meaning::joined, 10, sid, sid), 10);
  list({}, 60);
  EXPECT_THAT(users(list({}, 90)), ElementsAre("PA_2", "PA_3"));
  EXPECT_THAT(users(on(event(Meaning::left, 50, "PA_3", "carol"), 120)), ElementsAre("PA_3", bound("carol")))
      << "a webhook, late";
  EXPECT_EQ(list(all, 120), (Outcome{{}, {"PA_2"}}));
  EXPECT_TRUE(is_barred("PA_1", 121));
  EXPECT_FALSE(is_barred("PA_2", 121));
  EXPECT_TRUE(is_barred("PA_3", 121));
}

// One second holds several events, participants come back, and rooms end: whatever the order, the bars are
// the same in the end.
TEST_F(Registry, a_bound_user_who_is_expected_has_a_room_before_joining_and_none_after_leaving) {
  const Membership membership{"r1", "alice"};
  registry_.expect(membership, std::nullopt);
  EXPECT_EQ(registry_.find(bound("alice")), membership);
  EXPECT_EQ(registry_.find(bound("bob")), std::nullopt);
  on(event(Meaning::joined, 1), 1);
  EXPECT_EQ(registry_.find(bound("alice")), membership);
  on(event(Meaning::left, 2), 2);
  EXPECT_EQ(registry_.find(bound("alice")), std::nullopt);
}

class AnyOrder : public testing::TestWithParam<std::uint64_t> {};

TEST_P(AnyOrder, of_events_with_repetitions_gives_the_same_bars) {
  SeededRandom random(GetParam());
  std::vector<WebhookEvent> history;
  for (int i = 0; i < 40; ++i) {
    const std::string person = std::to_string(random.below(6));
    const std::string room = std::to_string(random.below(6) % 2);  // who is in which room does not change
    const auto s = static_cast<std::int64_t>(random.below(12));
    const Meaning meaning = std::array{Meaning::joined, Meaning::joined, Meaning::left, Meaning::superseded,
                                       Meaning::nothing}[random.below(5)];
    history.push_back(
        event(meaning, s, "PA_" + person, "user" + person, std::to_string(std::stoi(person) % 2)));
    if (random.below(20) == 0) history.push_back(room_over(s, room));
  }
  const auto barred_after = [](const std::vector<WebhookEvent>& events) {
    RoomRegistry registry{RegistryOptions{}};
    std::map<std::string, bool> told;  // by the outcomes alone, as the shell sees them
    for (const WebhookEvent& e : events) {
      const Outcome outcome = registry.on_event(e, at(20));
      for (const std::string& sid : outcome.lifted) told[sid] = false;
      for (const Revocation& revocation : outcome.revoked) {
        if (revocation.barred_until) told[revocation.user_id] = true;
      }
    }
    std::set<std::string> barred;
    for (int i = 0; i < 6; ++i) {
      const std::string sid = "PA_" + std::to_string(i);
      if (registry.is_barred(sid, at(20))) barred.insert(sid);
      EXPECT_EQ(registry.is_barred(sid, at(20)), told[sid]) << sid;
      EXPECT_FALSE(registry.is_barred(sid, at(20)) && registry.find(sid)) << sid << " is present and barred";
    }
    return barred;
  };
  const auto expected = barred_after(history);
  for (int round = 0; round < 50; ++round) {
    std::vector<WebhookEvent> events = history;
    for (std::uint32_t repeats = random.below(20); repeats > 0; --repeats)
      events.push_back(history[random.below(40)]);
    for (std::size_t i = events.size() - 1; i > 0; --i)
      std::swap(events[i], events[random.below(static_cast<std::uint32_t>(i + 1))]);
    ASSERT_EQ(barred_after(events), expected) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyOrder, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace turnpike::livekit
