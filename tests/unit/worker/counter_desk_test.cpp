// Readings in turns, and that what grows is added once.
#include "turnpike/worker/counter_desk.hpp"

#include <gtest/gtest.h>

namespace turnpike::worker {
namespace {

using relay::Traffic;

Traffic traffic(std::uint64_t n) {
  return {.packets_from_client = n,
          .bytes_from_client = 10 * n,
          .packets_to_client = 2 * n,
          .bytes_to_client = 20 * n,
          .packets_dropped = 3 * n};
}

TEST(TrafficGrowth, a_reading_gives_what_is_new_since_the_one_before) {
  TrafficGrowth news;
  EXPECT_EQ(news.take(1, traffic(5)), traffic(5));
  EXPECT_EQ(news.take(1, traffic(5)), traffic(0));
  EXPECT_EQ(news.take(1, traffic(7)), traffic(2));
  EXPECT_EQ(news.take(2, traffic(7)), traffic(7)) << "another allocation";
  EXPECT_EQ(news.take(1, traffic(6)), traffic(0)) << "what does not grow is no news";
  EXPECT_EQ(news.take(1, traffic(8)), traffic(1));
}

TEST(TrafficGrowth, who_has_relayed_nothing_and_who_has_ended_takes_no_room) {
  TrafficGrowth news;
  news.take(1, {});
  EXPECT_EQ(news.size(), 0U);
  news.take(1, traffic(1));
  EXPECT_EQ(news.size(), 1U);
  news.forget(1);
  EXPECT_EQ(news.size(), 0U);
}

class CounterDeskTest : public ::testing::Test {
 protected:
  void live(std::size_t count) {
    living_.resize(count);
    for (std::size_t i = 0; i < count; ++i) living_[i] = i + 1;
  }
  int turns() {
    int turns = 0;
    for (; desk_.is_reading(); ++turns) desk_.read_some();
    return turns;
  }
  void ask() {
    desk_.ask([this] { reads_when_done_.push_back(reads_); });
  }

  std::vector<relay::AllocationId> living_;
  std::size_t reads_ = 0;
  std::vector<std::size_t> reads_when_done_;
  CounterDesk desk_{[this] { return living_; }, [this](relay::AllocationId) { ++reads_; }};
};

TEST_F(CounterDeskTest, a_turn_reads_so_many_and_the_last_one_answers) {
  live(2 * CounterDesk::kAllocationsPerTurn + 1);
  ask();
  EXPECT_EQ(turns(), 3);
  EXPECT_EQ(reads_when_done_, std::vector{living_.size()});
}

TEST_F(CounterDeskTest, where_there_is_nothing_to_read_the_answer_comes_in_the_same_turn) {
  EXPECT_FALSE(desk_.is_reading());
  ask();
  EXPECT_EQ(turns(), 1);
  EXPECT_EQ(reads_when_done_, std::vector<std::size_t>{0});
}

TEST_F(CounterDeskTest, who_asks_during_a_reading_gets_the_next_one_and_shares_it) {
  live(2 * CounterDesk::kAllocationsPerTurn);
  ask();
  desk_.read_some();
  ask();
  ask();
  EXPECT_EQ(turns(), 1 + 2);
  EXPECT_EQ(reads_when_done_, (std::vector{living_.size(), 2 * living_.size(), 2 * living_.size()}));
}

}  // namespace
}  // namespace turnpike::worker
