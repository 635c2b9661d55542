// Keys with deadlines.
#include "turnpike/base/deadline_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "turnpike/base/random.hpp"

namespace turnpike {
namespace {

TimePoint at(int seconds) { return TimePoint{std::chrono::seconds{seconds}}; }

TEST(DeadlineQueue, an_empty_one_has_nothing_due) {
  DeadlineQueue<int> queue;
  EXPECT_EQ(queue.next(), std::nullopt);
  EXPECT_EQ(queue.pop_due(at(1000)), std::nullopt);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(DeadlineQueue, keys_come_out_in_the_order_of_their_deadlines_and_not_before) {
  DeadlineQueue<int> queue;
  queue.set(3, at(30));
  queue.set(1, at(10));
  queue.set(2, at(20));
  EXPECT_EQ(queue.next(), at(10));
  EXPECT_EQ(queue.pop_due(at(9)), std::nullopt);
  EXPECT_EQ(queue.pop_due(at(20)), 1);
  EXPECT_EQ(queue.pop_due(at(20)), 2);
  EXPECT_EQ(queue.pop_due(at(20)), std::nullopt);
  EXPECT_EQ(queue.next(), at(30));
}

TEST(DeadlineQueue, setting_a_key_again_moves_it_and_removing_it_forgets_it) {
  DeadlineQueue<int> queue;
  queue.set(1, at(10));
  queue.set(2, at(20));
  queue.set(1, at(30));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.next(), at(20));
  queue.remove(2);
  queue.remove(2);
  EXPECT_EQ(queue.next(), at(30));
  queue.set(1, at(5));
  EXPECT_EQ(queue.pop_due(at(5)), 1);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(DeadlineQueue, agrees_with_a_plain_map) {
  DeadlineQueue<std::uint32_t> queue;
  std::map<std::uint32_t, TimePoint> model;
  SeededRandom random(5);
  int popped = 0;
  for (int now = 0; now < 20000; ++now) {
    const std::uint32_t key = random.below(50);
    if (random.below(4) == 0) {
      queue.remove(key);
      model.erase(key);
    } else {
      const TimePoint deadline = at(now + static_cast<int>(random.below(100)));
      queue.set(key, deadline);
      model[key] = deadline;
    }
    while (const auto due = queue.pop_due(at(now))) {
      ASSERT_TRUE(model.contains(*due) && model[*due] <= at(now)) << now;
      model.erase(*due);
      ++popped;
    }
    const auto earliest = std::ranges::min_element(model, {}, [](const auto& entry) { return entry.second; });
    ASSERT_EQ(queue.next(), earliest == model.end() ? std::nullopt : std::optional(earliest->second)) << now;
    ASSERT_EQ(queue.size(), model.size());
  }
  EXPECT_GT(popped, 1000);
}

}  // namespace
}  // namespace turnpike
