// Who is barred, and until when.
#include "turnpike/turn/bars.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;
const TimePoint kStart{seconds(5000)};

TEST(Bars, a_user_is_barred_until_a_time_or_until_lifted) {
  Bars bars(100);
  bars.bar("a", kStart + seconds(10));
  bars.bar("b", kStart + seconds(20));
  EXPECT_TRUE(bars.is_barred("a", kStart));
  EXPECT_FALSE(bars.is_barred("c", kStart));
  bars.lift("b");
  bars.lift("nobody");
  EXPECT_FALSE(bars.is_barred("b", kStart));
  bars.bar("b", kStart + seconds(20));
  EXPECT_TRUE(bars.is_barred("a", kStart + seconds(10) - Duration(1)));
  EXPECT_FALSE(bars.is_barred("a", kStart + seconds(10)));
  EXPECT_TRUE(bars.is_barred("b", kStart + seconds(10)));
}

TEST(Bars, the_latest_word_about_a_user_counts) {
  Bars bars(100);
  bars.bar("a", kStart + seconds(10));
  bars.bar("a", kStart + seconds(30));
  EXPECT_TRUE(bars.is_barred("a", kStart + seconds(20)));
  bars.bar("a", kStart + seconds(25));
  EXPECT_FALSE(bars.is_barred("a", kStart + seconds(25)));
}

TEST(Bars, beyond_their_maximum_the_bar_that_would_end_first_makes_room) {
  Bars bars(2);
  bars.bar("late", kStart + seconds(30));
  bars.bar("early", kStart + seconds(10));
  bars.bar("early", kStart + seconds(10));
  EXPECT_TRUE(bars.is_barred("late", kStart));
  bars.bar("middle", kStart + seconds(20));
  EXPECT_TRUE(bars.is_barred("late", kStart));
  EXPECT_FALSE(bars.is_barred("early", kStart));
  EXPECT_TRUE(bars.is_barred("middle", kStart));
}

TEST(Bars, those_that_have_ended_are_forgotten_whoever_is_asked_about) {
  Bars bars(100);
  for (int i = 1; i <= 50; ++i) bars.bar("user" + std::to_string(i), kStart + seconds(i));
  EXPECT_FALSE(bars.is_barred("somebody", kStart + seconds(30)));
  EXPECT_EQ(bars.size(), 20U);
}

}  // namespace
}  // namespace turnpike::turn
