// Which share of a byte limit each owner of a budget has here, and what is told of what they take.
#include "turnpike/node/budget_shares.hpp"

#include <gtest/gtest.h>

#include <map>

#include "unit/fleet/nodes.hpp"

namespace turnpike::node {
namespace {

using fleet::Demand;
using fleet::test::node_id;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kLimit = 1'000'000;
constexpr std::size_t kNodes = 2;

TEST(BudgetShares, are_rounded_parts_but_neither_nothing_nor_more_than_all) {
  const struct {
    std::uint64_t rate, limit;
    relay::Share share;
  } table[] = {{kLimit, kLimit, 0},
               {kLimit + 1, kLimit, 0},
               {kLimit / 2, kLimit, relay::kWhole / 2},
               {kLimit - 1, kLimit, relay::kWhole - 1},
               {1, kLimit, 1},
               {0, kLimit, 1},
               {1, 3, 21845},
               {0, 0, 0},
               {UINT64_MAX / 2, UINT64_MAX, relay::kWhole / 2}};
  for (const auto& [rate, limit, share] : table) EXPECT_EQ(share_for(rate, limit), share) << rate;
}

// What is taken the test says; one other node tells what it takes.
class BudgetSharesTest : public ::testing::Test {
 protected:
  BudgetSharesTest() { budgets_.others().on_heartbeat(node_id(2), 0); }

  void others_use(const std::string& name, const Demand& demand) {
    const fleet::HoldingsRecord record{node_id(2), ++seq_, false,
                                       0,          1,      {{seal_.digest(name), fleet::amount_of(demand)}}};
    budgets_.others().on_message(seal_.close(fleet::Kind::user_rates, fleet::write_holdings(record)));
  }
  void live(Duration duration) {
    for (const TimePoint end = now_ + duration; now_ < end;) {
      now_ += milliseconds(100);
      for (auto& [id, rate] : rates_) taken_[id].bytes += rate / 10;
      shares_.tick(kNodes, now_);
    }
  }
  Demand told(const std::string& name) {
    return fleet::demand_of(budgets_.own().amount_of(seal_.digest(name)));
  }

  fleet::Seal seal_{"secret"};
  fleet::SharedBudgets budgets_{fleet::Kind::user_rates, kLimit, fleet::Keys("t:", seal_), seal_, node_id(1)};
  std::map<std::uint32_t, relay::Taken> taken_;
  std::map<std::uint32_t, std::uint64_t> rates_;  // bytes a second
  std::map<std::uint32_t, relay::Share> given_;
  BudgetShares shares_{budgets_,
                       {[this](std::uint32_t id, TimePoint) { return taken_[id]; },
                        [this](std::uint32_t id, relay::Share share) { given_[id] = share; }}};
  TimePoint now_{seconds(5000)};
  std::uint64_t seq_ = 0;
};

TEST_F(BudgetSharesTest, what_each_takes_in_a_second_is_told_and_nothing_of_who_takes_little) {
  taken_[3].bytes = 123'456'789;  // by somebody before
  for (const auto& [id, name] : {std::pair{3U, "alice"}, {14U, "bob"}, {25U, "carol"}})
    shares_.assign(id, name, now_);
  rates_ = {{3, 512'000}, {14, kLimit}, {25, 30'000}};
  live(seconds(3));
  EXPECT_EQ(told("alice"), (Demand{512'000, false}));
  EXPECT_TRUE(told("bob").is_hungry);
  EXPECT_EQ(told("carol"), Demand{});
  EXPECT_EQ(budgets_.size(), 2U);
  EXPECT_EQ(given_, decltype(given_){}) << "nobody else uses any";
  rates_.clear();
  live(seconds(3));
  EXPECT_NEAR(static_cast<double>(told("alice").used), 512'000 * 0.64, 512'000 * 0.2) << "it is remembered";
  live(seconds(15));
  EXPECT_EQ(budgets_.own().size(), 0U);
  EXPECT_EQ(budgets_.size(), 0U);
}

TEST_F(BudgetSharesTest, who_takes_next_to_nothing_and_is_refused_more_is_hungry) {
  shares_.assign(3, "alice", now_);
  rates_[3] = 2000;
  taken_[3].is_nearly_all = true;
  live(seconds(1));
  EXPECT_TRUE(told("alice").is_hungry);
}

TEST_F(BudgetSharesTest, a_newcomers_first_packets_are_no_rate_of_a_second) {
  now_ += milliseconds(300);
  shares_.assign(0, "alice", now_);
  taken_[0].bytes = 90'000;
  live(milliseconds(100));
  EXPECT_EQ(told("alice").used, 100'352U) << "90,000 in 0.9 s, in KiB";
}

TEST_F(BudgetSharesTest, with_others_each_has_a_share_until_they_are_gone) {
  shares_.assign(3, "alice", now_);
  shares_.assign(4, "bob", now_);
  rates_ = {{3, kLimit}, {4, kLimit}};
  others_use("alice", {kLimit, true});
  live(seconds(2));
  EXPECT_EQ(given_, (decltype(given_){{3, relay::kWhole / 2}}));
  EXPECT_EQ(shares_.shared(), 1U);
  others_use("alice", {});
  live(seconds(1));
  EXPECT_EQ(given_[3], 0U);
  EXPECT_EQ(shares_.shared(), 0U);
  others_use("alice", {kLimit, true});
  live(seconds(1));
  ASSERT_NE(given_[3], 0U);
  shares_.release();
  EXPECT_EQ(given_[3], 0U);
  EXPECT_EQ(shares_.shared(), 0U);
  live(seconds(1));
  EXPECT_EQ(given_[3], 0U) << "it is nobody's";
}

TEST_F(BudgetSharesTest, who_begins_beside_a_hungry_node_has_a_little_to_begin_with) {
  others_use("alice", {kLimit, true});
  shares_.assign(3, "alice", now_);
  live(seconds(1));
  EXPECT_EQ(given_[3], relay::kWhole / 16);
}

TEST_F(BudgetSharesTest, a_meter_begins_anew_with_each_owner) {
  others_use("alice", {kLimit, true});
  shares_.assign(3, "alice", now_);
  rates_[3] = 800'000;
  live(seconds(2));
  ASSERT_NE(given_[3], 0U);
  shares_.assign(3, "alice", now_);
  EXPECT_NE(given_[3], 0U) << "it is the same";
  shares_.assign(3, "", now_);
  EXPECT_EQ(given_[3], 0U);
  EXPECT_EQ(shares_.shared(), 0U);
  shares_.assign(3, "bob", now_);
  live(seconds(2));
  EXPECT_LT(told("alice").used, 700'000U);
  EXPECT_GT(told("alice").used, 300'000U);
  EXPECT_EQ(told("bob"), (Demand{800'768, false}));
  EXPECT_EQ(given_[3], 0U);
  shares_.assign(99, "", now_);  // nobody had it
}

TEST_F(BudgetSharesTest, without_a_limit_nobody_has_a_share) {
  shares_.assign(3, "alice", now_);
  others_use("alice", {kLimit, true});
  rates_[3] = kLimit;
  live(seconds(1));
  ASSERT_NE(given_[3], 0U);
  budgets_.set_limit(0);
  live(seconds(1));
  EXPECT_EQ(given_[3], 0U);
  EXPECT_EQ(budgets_.own().size(), 0U);
}

TEST_F(BudgetSharesTest, each_is_looked_at_in_one_of_ten_ticks) {
  EXPECT_EQ(shares_.next(), 0U);
  shares_.assign(7, "alice", now_);
  rates_[7] = 500'000;
  live(milliseconds(700));
  EXPECT_EQ(told("alice"), Demand{});
  EXPECT_EQ(shares_.next(), 7U);
  live(milliseconds(100));
  EXPECT_GT(told("alice").used, 0U);
  live(milliseconds(200));
  EXPECT_EQ(shares_.next(), 0U);
}

}  // namespace
}  // namespace turnpike::node
