// How many places users hold, within which limits, and which meters they have.
#include "turnpike/turn/places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
const TimePoint kStart{seconds(5000)};

TEST(Places, are_counted_for_each_user_and_for_all_TURN_ALLOC_21) {
  Places places({.per_user_max = 2, .total_max = 3});
  const struct {
    const char* user;
    Quota expected;
    std::size_t held_by, held;
  } steps[] = {
      {"a", Quota::granted, 1, 1},
      {"a", Quota::granted, 2, 2},
      {"a", Quota::user_full, 2, 2},
      {"b", Quota::granted, 1, 3},
      {"c", Quota::server_full, 0, 3},
      {"a", Quota::user_full, 2, 3},  // both are full: the user's own limit is named
  };
  for (const auto& [user, expected, held_by, held] : steps) {
    EXPECT_EQ(places.take({user}, 1, kStart), expected) << user;
    EXPECT_EQ(places.held_by(user), held_by) << user;
    EXPECT_EQ(places.held(), held) << user;
  }
  places.give_back("a");
  EXPECT_EQ(places.take({"c"}, 1, kStart), Quota::granted);
}

TEST(Places, names_that_many_share_have_a_limit_of_their_own) {
  for (const std::uint32_t shared_max : {0U, 3U}) {
    Places places({.per_user_max = 1, .per_shared_user_max = shared_max});
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(places.take({"all", NameKind::shared}, 1, kStart), Quota::granted) << shared_max;
    EXPECT_EQ(places.take({"all", NameKind::shared}, 1, kStart),
              shared_max == 0 ? Quota::granted : Quota::user_full);
    EXPECT_EQ(places.take({"one"}, 1, kStart), Quota::granted);
    EXPECT_EQ(places.take({"one"}, 1, kStart), Quota::user_full);
  }
}

TEST(Places, a_claim_asks_for_no_limit) {
  Places places({.per_user_max = 1, .total_max = 1});
  places.claim({"a"}, kStart);
  places.claim({"a"}, kStart);
  places.claim({"b"}, kStart);
  EXPECT_EQ(places.held(), 3U);
  EXPECT_EQ(places.take({"c"}, 1, kStart), Quota::server_full);
}

TEST(Places, limits_change_for_whoever_comes_and_meters_for_all) {
  Places places({.per_user_max = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(places.take({"a"}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.meter_of("a"), 0U);
  places.set_options({.per_user_max = 1, .total_max = 4, .meters_max = 8});
  EXPECT_EQ(places.take({"a"}, 1, kStart), Quota::user_full);
  EXPECT_EQ(places.take({"b"}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.take({"c"}, 1, kStart), Quota::server_full);
  const relay::MeterId meter = places.meter_of("a");
  EXPECT_NE(meter, 0U);
  EXPECT_NE(places.meter_of("b"), meter);
  places.set_options({});
  EXPECT_EQ(places.meter_of("a"), 0U);
  EXPECT_EQ(places.take({"c"}, 1, kStart), Quota::granted);
  places.set_options({.meters_max = 8});
  EXPECT_EQ(places.meter_of("a"), meter);
  EXPECT_NE(places.meter_of("c"), 0U);
}

TEST(Places, users_whom_metering_found_there_and_had_no_meter_for_are_counted) {
  Places places({});
  for (const char* user : {"a", "b", "c"}) EXPECT_EQ(places.take({user}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.unmetered(), 0U) << "metering is off";
  places.set_options({.meters_max = 2});
  EXPECT_EQ(places.unmetered(), 1U);
  for (const char* user : {"a", "b", "c"}) {
    if (places.meter_of(user) != 0) {
      places.give_back(user);
      break;
    }
  }
  places.set_options({.meters_max = 2});
  EXPECT_EQ(places.unmetered(), 0U) << "one became free";
}

TEST(Places, zero_is_no_limit) {
  Places places({});
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(places.take({"a"}, 1, kStart), Quota::granted);
}

TEST(Places, tell_who_holds_one_and_since_when_the_latest) {
  Places places({});
  places.claim({"a"}, kStart);
  places.claim({"b"}, kStart);
  places.claim({"a"}, kStart + seconds(20));
  places.claim({"gone"}, kStart);
  places.give_back("gone");
  places.give_back("a");
  places.claim({"restored"}, kStart - seconds(100));
  EXPECT_THAT(places.holders(), UnorderedElementsAre(Holder{"a", kStart + seconds(20)}, Holder{"b", kStart},
                                                     Holder{"restored", kStart - seconds(100)}));
}

TEST(Places, a_user_has_a_meter_while_it_holds_one) {
  Places places({.meters_max = 2});
  EXPECT_EQ(places.take({"a"}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.take({"b"}, 1, kStart), Quota::granted);
  const relay::MeterId a = places.meter_of("a");
  EXPECT_NE(a, 0U);
  EXPECT_NE(places.meter_of("b"), a);
  EXPECT_EQ(places.take({"a"}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.meter_of("a"), a);
  EXPECT_EQ(places.take({"c"}, 1, kStart), Quota::server_full) << "no meter is left";
  places.give_back("a");
  EXPECT_EQ(places.meter_of("a"), a);
  places.give_back("a");
  EXPECT_EQ(places.meter_of("a"), 0U);
  EXPECT_EQ(places.take({"c"}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.meter_of("c"), a);
}

TEST(Places, without_metering_nobody_has_a_meter) {
  Places places({});
  places.claim({"a"}, kStart);
  EXPECT_EQ(places.meter_of("a"), 0U);
}

const Tenant kVisitor{"check:a", NameKind::visitor};

TEST(Places, visitors_have_a_few_each_and_some_in_all_whatever_others_may_hold) {
  Places places({.per_user_max = 1, .total_max = 100, .visitors_max = 10});
  for (std::uint32_t i = 0; i < kPlacesPerVisitorMax; ++i)
    EXPECT_EQ(places.take(kVisitor, 1, kStart), Quota::granted);
  EXPECT_EQ(places.take(kVisitor, 1, kStart), Quota::user_full);
  const Tenant other{"check:b", NameKind::visitor};
  for (int i = 0; i < 2; ++i) EXPECT_EQ(places.take(other, 1, kStart), Quota::granted);
  EXPECT_EQ(places.take(other, 1, kStart), Quota::visitors_full);
  EXPECT_EQ(places.held_by_visitors(), 10U);
  EXPECT_EQ(places.take({"a"}, 1, kStart), Quota::granted) << "others have theirs";
  EXPECT_EQ(places.held(), 11U);
  places.give_back(kVisitor.user_id);
  EXPECT_EQ(places.held_by_visitors(), 9U);
  EXPECT_EQ(places.take(other, 1, kStart), Quota::granted);
}

TEST(Places, visitors_are_bounded_by_the_limit_of_all_too_and_there_are_none_by_default) {
  EXPECT_EQ(Places({}).take(kVisitor, 1, kStart), Quota::visitors_full);
  Places places({.total_max = 1, .visitors_max = 10});
  EXPECT_EQ(places.take({"a"}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.take(kVisitor, 1, kStart), Quota::server_full);
}

TEST(Places, visitors_have_meters_of_their_own_where_nobody_else_has_one) {
  Places places({.visitors_max = 200});
  EXPECT_EQ(places.take({"a"}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.meter_of("a"), 0U);
  std::set<relay::MeterId> meters;
  for (std::uint32_t i = 0; i < relay::kVisitorMeters; ++i) {
    const std::string user_id = "check:" + std::to_string(i);
    EXPECT_EQ(places.take({user_id, NameKind::visitor}, 1, kStart), Quota::granted);
    meters.insert(places.meter_of(user_id));
  }
  EXPECT_EQ(*meters.begin(), relay::kVisitorMetersFrom);
  EXPECT_EQ(*meters.rbegin(), relay::kVisitorMetersFrom + relay::kVisitorMeters - 1);
  EXPECT_EQ(meters.size(), relay::kVisitorMeters);
  EXPECT_EQ(places.take({"check:late", NameKind::visitor}, 1, kStart), Quota::visitors_full)
      << "no meter is left";
  const relay::MeterId freed = places.meter_of("check:7");
  places.give_back("check:7");
  EXPECT_EQ(places.take({"check:late", NameKind::visitor}, 1, kStart), Quota::granted);
  EXPECT_EQ(places.meter_of("check:late"), freed);
  places.set_options({.meters_max = 1, .visitors_max = 200});
  EXPECT_EQ(places.meter_of("a"), 1U);
  EXPECT_EQ(places.meter_of("check:late"), freed);
  EXPECT_EQ(places.unmetered(), 0U);
}

TEST(Places, what_others_hold_counts_in_the_users_limit_and_in_no_other) {
  const struct {
    const char* name;
    Tenant tenant;
    std::uint32_t here, elsewhere, count;
    Quota expected;
    std::uint32_t lacking;
  } table[] = {
      {"room is left", {"a"}, 0, 2, 1, Quota::granted, 0},
      {"none is left, and none is here", {"a"}, 0, 3, 1, Quota::user_full, 1},
      {"one here would do", {"a"}, 1, 2, 1, Quota::user_full, 1},
      {"two here would not do", {"a"}, 2, 4, 1, Quota::user_full, 4},
      {"two at once", {"a"}, 1, 1, 2, Quota::user_full, 1},
      {"more than anybody may have", {"a"}, 1, 0, 4, Quota::user_full, 0},
      {"far too many", {"a"}, 0, UINT32_MAX, 1, Quota::user_full, UINT32_MAX - 2},
      {"a name that many share", {"all", NameKind::shared}, 1, 3, 1, Quota::granted, 0},
      {"and its limit", {"all", NameKind::shared}, 1, 4, 1, Quota::user_full, 1},
      {"a visitor", kVisitor, 1, 100, 1, Quota::granted, 0},
  };
  for (const auto& [name, tenant, here, elsewhere, count, expected, lacking] : table) {
    Places places({.per_user_max = 3, .per_shared_user_max = 5, .visitors_max = 10});
    for (std::uint32_t i = 0; i < here; ++i) places.claim(tenant, kStart);
    EXPECT_EQ(places.is_full(tenant, count, elsewhere), expected == Quota::user_full) << name;
    EXPECT_EQ(places.lacking(tenant, count, elsewhere), lacking) << name;
    EXPECT_EQ(places.take(tenant, count, kStart, elsewhere), expected) << name;
  }
  Places unlimited({});
  EXPECT_EQ(unlimited.take({"a"}, 1, kStart, 1000), Quota::granted);
}

TEST(Places, changes_are_those_since_they_were_taken_before) {
  Places places({.meters_max = 4, .visitors_max = 4});
  places.claim({"a"}, kStart);
  EXPECT_TRUE(places.take_changes().holdings.empty()) << "nobody watches";
  places.watch(2);
  places.claim(kVisitor, kStart);
  HoldingChanges changes = places.take_changes();
  EXPECT_TRUE(changes.are_all);
  EXPECT_THAT(changes.holdings, UnorderedElementsAre(Pair("a", Holding{1, places.meter_of("a")})));
  EXPECT_FALSE(places.take_changes().are_all);
  places.claim({"a"}, kStart);
  places.claim({"b", NameKind::shared}, kStart);
  places.claim({"b", NameKind::shared}, kStart);
  places.give_back("b");
  const Holding b{1, places.meter_of("b"), NameKind::shared};
  changes = places.take_changes();
  EXPECT_FALSE(changes.are_all);
  EXPECT_THAT(changes.holdings,
              UnorderedElementsAre(Pair("a", Holding{2, places.meter_of("a")}), Pair("b", b)));
  places.give_back("b");
  EXPECT_THAT(places.take_changes().holdings,
              UnorderedElementsAre(Pair("b", Holding{0, 0, NameKind::shared})));
  EXPECT_TRUE(places.take_changes().holdings.empty());
  places.claim({"c"}, kStart);
  places.watch(0);
  places.claim({"d"}, kStart);
  EXPECT_TRUE(places.take_changes().holdings.empty()) << "nobody watches any more";
}

TEST(Places, beyond_a_number_of_changes_all_are_told) {
  Places places({});
  places.watch(2);
  places.take_changes();
  for (const char* user : {"a", "b", "c"}) places.claim({user}, kStart);
  places.give_back("a");
  const HoldingChanges changes = places.take_changes();
  EXPECT_TRUE(changes.are_all);
  EXPECT_THAT(changes.holdings, UnorderedElementsAre(Pair("b", Holding{1}), Pair("c", Holding{1})));
}

TEST(Places, a_meter_that_comes_late_is_a_change) {
  Places places({});
  places.claim({"a"}, kStart);
  places.watch(2);
  places.take_changes();
  places.set_options({.meters_max = 4});
  EXPECT_THAT(places.take_changes().holdings,
              UnorderedElementsAre(Pair("a", Holding{1, places.meter_of("a")})));
}

}  // namespace
}  // namespace turnpike::turn
