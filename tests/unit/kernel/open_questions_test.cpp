// How many questions may be open, for how long, and which an answer closes.
#include "turnpike/kernel/open_questions.hpp"

#include <gtest/gtest.h>

namespace turnpike::kernel {
namespace {

using std::chrono::milliseconds;

const TimePoint kBegin = TimePoint(std::chrono::seconds(10));
ChannelKey about(std::size_t number) { return {number, 0x4000}; }

TEST(OpenQuestions, have_numbers_that_grow_and_room_for_so_many) {
  OpenQuestions open;
  for (std::size_t i = 1; i <= OpenQuestions::kMax; ++i) {
    ASSERT_TRUE(open.has_room());
    ASSERT_EQ(open.add(about(i), kBegin), i);
  }
  EXPECT_FALSE(open.has_room());
  open.close(1);
  EXPECT_TRUE(open.has_room());
  EXPECT_EQ(open.add(about(0), kBegin), OpenQuestions::kMax + 1);
}

TEST(OpenQuestions, are_closed_with_all_before_them) {
  OpenQuestions open;
  for (int i = 0; i < 5; ++i) open.add(about(static_cast<std::size_t>(i + 1)), kBegin + milliseconds(i));
  open.close(3);
  EXPECT_EQ(open.next_deadline(), kBegin + milliseconds(3) + OpenQuestions::kPatience);
  open.close(2);
  EXPECT_EQ(open.next_deadline(), kBegin + milliseconds(3) + OpenQuestions::kPatience);
  open.close(5);
  EXPECT_EQ(open.next_deadline(), std::nullopt);
}

TEST(OpenQuestions, are_given_up_when_they_are_late_the_oldest_first) {
  OpenQuestions open;
  open.add(about(1), kBegin);
  open.add(about(2), kBegin + milliseconds(1));
  const TimePoint late = kBegin + OpenQuestions::kPatience;
  EXPECT_EQ(open.give_up(late - Duration(1)), std::nullopt);
  EXPECT_EQ(open.give_up(late), (OpenQuestions::Open{1, about(1), late}));
  EXPECT_EQ(open.give_up(late), std::nullopt);
  EXPECT_EQ(open.give_up(late + milliseconds(1))->number, 2U);
  EXPECT_EQ(open.give_up(late + milliseconds(1)), std::nullopt);
}

}  // namespace
}  // namespace turnpike::kernel
