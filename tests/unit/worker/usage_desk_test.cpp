// Readings in turns, and that no allocation is reported as alive once it was reported as ended.
#include "turnpike/worker/usage_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace turnpike::worker {
namespace {

using relay::AllocationUsage;
using relay::UsageReport;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Ids = std::vector<relay::AllocationId>;

Ids ids_of(const std::vector<AllocationUsage>& usages) {
  Ids ids;
  for (const auto& usage : usages) ids.push_back(usage.allocation);
  return ids;
}

class UsageDeskTest : public ::testing::Test {
 protected:
  UsageDeskTest() {
    desk_.report_to([this](UsageReport report) { reports_.push_back(std::move(report)); });
  }
  void begin(relay::AllocationId first, relay::AllocationId last) {
    for (auto id = first; id <= last; ++id) living_[id] = {id, "alice", TimePoint{}, Transport::udp, {}};
  }
  void end(relay::AllocationId id) {
    desk_.add_ended(living_.at(id));
    living_.erase(id);
  }
  void read() {
    desk_.read([this] { reports_when_done_.push_back(reports_.size()); });
  }
  int turns() {
    int turns = 0;
    for (; desk_.is_reading(); ++turns) desk_.read_some();
    return turns;
  }

  std::map<relay::AllocationId, AllocationUsage> living_;
  std::size_t looks_ = 0;
  UsageDesk desk_{7,
                  [this] {
                    Ids ids;
                    for (const auto& [id, usage] : living_) ids.push_back(id);
                    return ids;
                  },
                  [this](relay::AllocationId id) {
                    ++looks_;
                    const auto found = living_.find(id);
                    return found == living_.end() ? std::nullopt : std::optional(found->second);
                  }};
  std::vector<UsageReport> reports_;
  std::vector<std::size_t> reports_when_done_;
};

TEST_F(UsageDeskTest, reads_so_many_a_turn_and_reports_all_at_once_before_it_is_done) {
  begin(1, UsageDesk::kAllocationsPerTurn + 1);
  read();
  desk_.read_some();
  EXPECT_EQ(looks_, UsageDesk::kAllocationsPerTurn);
  EXPECT_THAT(reports_, IsEmpty());
  desk_.read_some();
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_EQ(reports_[0].worker, 7U);
  EXPECT_EQ(reports_[0].live->size(), living_.size());
  EXPECT_THAT(reports_when_done_, ElementsAre(1U));
  EXPECT_FALSE(desk_.is_reading());
}

TEST_F(UsageDeskTest, an_empty_worker_reports_that) {
  read();
  EXPECT_EQ(turns(), 1);
  EXPECT_EQ(reports_, (std::vector<UsageReport>{{7, std::vector<AllocationUsage>{}, {}}}));
}

TEST_F(UsageDeskTest, what_ends_while_it_is_read_has_ended_whether_or_not_it_was_looked_at) {
  begin(1, UsageDesk::kAllocationsPerTurn + 2);
  read();
  desk_.read_some();
  end(1);
  end(UsageDesk::kAllocationsPerTurn + 1);
  desk_.read_some();
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_EQ(ids_of(reports_[0].ended), Ids({1, UsageDesk::kAllocationsPerTurn + 1}));
  EXPECT_EQ(reports_[0].live->size(), UsageDesk::kAllocationsPerTurn);
  EXPECT_EQ(reports_[0].live->front().allocation, 2U);
}

TEST_F(UsageDeskTest, what_was_reported_as_ended_in_mid_reading_does_not_live_again) {
  begin(1, UsageDesk::kAllocationsPerTurn + 1);
  read();
  desk_.read_some();
  end(1);
  desk_.report_ended();
  desk_.read_some();
  ASSERT_EQ(reports_.size(), 2U);
  EXPECT_EQ(ids_of(reports_[0].ended), Ids({1}));
  EXPECT_THAT(reports_[1].ended, IsEmpty());
  EXPECT_EQ(reports_[1].live->front().allocation, 2U);
}

TEST_F(UsageDeskTest, much_that_has_ended_is_reported_unasked_and_each_only_once) {
  begin(1, UsageDesk::kEndedMax + 1);
  for (relay::AllocationId id = 1; id <= UsageDesk::kEndedMax + 1; ++id) end(id);
  ASSERT_EQ(reports_.size(), 1U);
  EXPECT_FALSE(reports_[0].live);
  EXPECT_EQ(reports_[0].ended.size(), UsageDesk::kEndedMax);
  desk_.report_ended();
  desk_.report_ended();
  ASSERT_EQ(reports_.size(), 2U);
  EXPECT_EQ(ids_of(reports_[1].ended), Ids({UsageDesk::kEndedMax + 1}));
}

TEST_F(UsageDeskTest, readings_asked_for_meanwhile_are_one_that_begins_later) {
  begin(1, UsageDesk::kAllocationsPerTurn + 1);
  read();
  desk_.read_some();
  read();
  read();
  EXPECT_EQ(turns(), 3);
  EXPECT_EQ(reports_.size(), 2U);
  EXPECT_THAT(reports_when_done_, ElementsAre(1U, 2U, 2U));
}

TEST(UsageDesk, without_a_sink_nothing_is_kept) {
  UsageDesk desk(
      0, [] { return Ids{}; }, [](relay::AllocationId) { return std::nullopt; });
  bool done = false;
  desk.add_ended({});
  desk.read([&] { done = true; });
  desk.read_some();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace turnpike::worker
