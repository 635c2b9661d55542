// Which part of a budget a node may give.
#include "turnpike/fleet/shared_budgets.hpp"

#include <gtest/gtest.h>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using test::node_id;
constexpr std::uint64_t kLimit = 1'000'000;

TEST(SharedBudgets, parts_go_by_what_is_used_and_the_hungry_share_the_rest) {
  const struct {
    const char* name;
    Demand own;
    std::vector<Demand> others;
    std::uint64_t share;
  } kCases[] = {
      {"alone", {0, false}, {}, kLimit},
      {"alone and hungry", {kLimit, true}, {}, kLimit},
      {"two who are hungry", {1, true}, {{900'000, true}}, 500'000},
      {"hungry beside one with little", {900'000, true}, {{80'000, false}}, 900'000},
      {"one with little beside a hungry one", {80'000, false}, {{900'000, true}}, 100'000},
      {"who begins beside a hungry one", {0, false}, {{900'000, true}}, 62'500},
      {"both with little", {80'000, false}, {{240'000, false}}, 100'000 + 300'000},
      {"more than there is", {600'000, false}, {{600'000, false}}, 500'000},
      {"ten who are hungry", {1, true}, std::vector<Demand>(9, {1, true}), 100'000},
  };
  for (const auto& each : kCases)
    EXPECT_EQ(fair_share(kLimit, each.own, each.others), each.share) << each.name;
}

TEST(SharedBudgets, of_nodes_that_know_the_same_the_parts_are_at_most_nine_eighths_of_the_limit) {
  SeededRandom random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<Demand> demands(1 + random.below(50));
    for (Demand& each : demands) each = {random.below(3 * kLimit) >> random.below(12), random.below(2) == 0};
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < demands.size(); ++i) {
      std::vector<Demand> others = demands;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      sum += fair_share(kLimit, demands[i], others);
    }
    EXPECT_LE(sum, kLimit + kLimit / 8 + demands.size());
    EXPECT_GE(sum, kLimit - 2 * demands.size());
  }
}

// Each second a node measures what it gave, and hears what the others gave the second before.
TEST(SharedBudgets, rates_settle_within_seconds_whatever_is_wanted) {
  SeededRandom random(2);
  for (int round = 0; round < 50; ++round) {
    const std::size_t nodes = 2 + random.below(20);
    std::vector<std::uint64_t> wanted(nodes), rates(nodes, kLimit), given(nodes);
    std::vector<Demand> demands(nodes), told(nodes);
    for (std::uint64_t& each : wanted) each = random.below(2 * kLimit) >> random.below(10);
    for (int second = 0; second < 12; ++second) {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < nodes; ++i) {
        given[i] = std::min(wanted[i], rates[i]);
        sum += given[i];
        demands[i] = {given[i], given[i] >= rates[i] - rates[i] / 10};
      }
      if (second >= 2) {
        EXPECT_LE(sum, kLimit + kLimit / 4) << round << " " << second;
      }
      for (std::size_t i = 0; i < nodes; ++i) {
        std::vector<Demand> others;
        for (std::size_t j = 0; j < nodes; ++j) {
          if (j != i) others.push_back(told[j]);
        }
        rates[i] = fair_share(kLimit, demands[i], others);
      }
      for (std::size_t i = 0; i < nodes; ++i) told[i] = demand_of(amount_of(demands[i]));
    }
    std::uint64_t sum_given = 0, sum_wanted = 0;
    for (std::size_t i = 0; i < nodes; ++i) sum_given += given[i], sum_wanted += wanted[i];
    EXPECT_GE(sum_given, std::min(sum_wanted, kLimit) * 3 / 4) << round;
  }
}

TEST(SharedBudgets, amounts_are_rounded_up_and_bounded) {
  EXPECT_EQ(demand_of(amount_of({1, false})), (Demand{1024, false}));
  EXPECT_EQ(demand_of(amount_of({2048, true})), (Demand{2048, true}));
  EXPECT_TRUE(demand_of(amount_of({UINT64_MAX - 2000, true})).is_hungry);
  EXPECT_FALSE(demand_of(amount_of({UINT64_MAX - 2000, false})).is_hungry);
}

TEST(SharedBudgets, little_is_not_told_of_and_neither_is_a_little_more) {
  const Seal seal("secret");
  SharedBudgets budgets(Kind::user_rates, kLimit, Keys("t:", seal), seal, node_id(1));
  const auto told = [&] { return budgets.own().amount_of(seal.digest("alice")); };
  budgets.note_used("alice", 30'000, 4);
  EXPECT_EQ(told(), 0U);
  budgets.note_used("alice", 102'400, 4);
  EXPECT_EQ(told(), 100U);
  budgets.note_used("alice", 120'000, 4);
  EXPECT_EQ(told(), 100U);
  budgets.note_used("alice", 950'000, 4);
  EXPECT_TRUE(demand_of(told()).is_hungry);
}

TEST(SharedBudgets, what_was_used_is_remembered_with_a_fifth_less_each_second) {
  const Seal seal("secret");
  SharedBudgets budgets(Kind::user_rates, kLimit, Keys("t:", seal), seal, node_id(1));
  const auto told = [&] { return demand_of(budgets.own().amount_of(seal.digest("alice"))); };
  budgets.note_used("alice", 1'000'000, 4);
  budgets.remember(4);
  EXPECT_TRUE(told().is_hungry) << "it is news";
  budgets.remember(4);
  EXPECT_FALSE(told().is_hungry);
  EXPECT_NEAR(static_cast<double>(told().used), 800'000, 1024);
  budgets.note_used("alice", 1, 4);
  EXPECT_NEAR(static_cast<double>(told().used), 640'000, 1024) << "though less is used";
  budgets.note_used("alice", 700'000, 4);
  budgets.remember(4);
  EXPECT_NEAR(static_cast<double>(told().used), 700'000, 1024);
  budgets.note_used("alice", 0, 4);  // is nothing to note
  int seconds = 0;
  for (; budgets.size() > 0 && seconds < 100; ++seconds) budgets.remember(4);
  EXPECT_EQ(seconds, 14) << "until it is little";
  EXPECT_EQ(told(), Demand{});
}

TEST(SharedBudgets, a_part_has_room_for_a_packet_however_small_it_is) {
  EXPECT_EQ(fair_share(20'000, {}, std::vector<Demand>(9, {1, true})), kShareMin);
  EXPECT_EQ(fair_share(1000, {}, std::vector<Demand>(9, {1, true})), 1000U);
}

TEST(SharedBudgets, whoever_was_refused_something_is_hungry_however_little_was_used) {
  const Seal seal("secret", "previous");
  SharedBudgets budgets(Kind::user_rates, kLimit, Keys("t:", seal), seal, node_id(1));
  const Digests alice = budgets.digests_of("alice");
  ASSERT_EQ(alice.size(), 2U);
  EXPECT_EQ(budgets.little(4), kLimit / 32);
  EXPECT_EQ(budgets.little(1), kLimit / 16);
  budgets.note_used(alice, 2000, 4);
  EXPECT_EQ(budgets.own().amount_of(alice.front()), 0U);
  budgets.note_used(alice, 2000, 4, true);
  EXPECT_EQ(demand_of(budgets.own().amount_of(alice.front())), (Demand{2048, true}));
  EXPECT_EQ(budgets.rate_of(alice), budgets.rate_of("alice"));
}

TEST(SharedBudgets, without_a_limit_there_is_none) {
  const Seal seal("");
  SharedBudgets budgets(Kind::room_rates, 0, Keys("t:", seal), seal, node_id(1));
  budgets.note_used("room", 1'000'000'000, 4);
  EXPECT_EQ(budgets.limit(), 0U);
  EXPECT_EQ(budgets.rate_of("room"), 0U);
  EXPECT_EQ(budgets.own().size(), 0U);
  budgets.set_limit(kLimit);
  EXPECT_EQ(budgets.rate_of("room"), kLimit);
  budgets.note_used("room", 1'000'000'000, 4);
  budgets.set_limit(0);
  budgets.remember(4);
  EXPECT_EQ(budgets.own().size(), 0U);
  EXPECT_EQ(budgets.size(), 0U);
}

}  // namespace
}  // namespace turnpike::fleet
