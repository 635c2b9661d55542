// How long work rests that has a share of the time.
#include "turnpike/base/time_share.hpp"

#include <gtest/gtest.h>

namespace turnpike {
namespace {

using std::chrono::milliseconds;

constexpr Duration kRestMax = milliseconds(100);

TimePoint at(int number) { return TimePoint(std::chrono::hours(1)) + milliseconds(number); }

using Until = std::optional<TimePoint>;

TEST(TimeShare, others_have_the_other_parts) {
  TimeShare quarter(4, milliseconds(0), kRestMax);
  EXPECT_EQ(quarter.rest(at(0)), Until());
  quarter.spend(at(0), at(2));
  EXPECT_EQ(quarter.rest(at(2)), Until(at(8)));
  EXPECT_EQ(quarter.rest(at(7)), Until(at(8)));
  EXPECT_EQ(quarter.rest(at(8)), Until());
}

TEST(TimeShare, a_little_is_lent) {
  TimeShare quarter(4, milliseconds(4), kRestMax);
  quarter.spend(at(0), at(1));
  EXPECT_EQ(quarter.rest(at(1)), Until()) << "three are owed";
  quarter.spend(at(1), at(2));
  EXPECT_EQ(quarter.rest(at(2)), Until(at(8))) << "and now six";
  EXPECT_EQ(quarter.rest(at(4)), Until()) << "who may go on is asked when the rest is over";
}

TEST(TimeShare, what_is_owed_is_not_saved_up) {
  TimeShare half(2, milliseconds(0), kRestMax);
  half.spend(at(0), at(1));
  half.spend(at(100), at(103));
  EXPECT_EQ(half.rest(at(103)), Until(at(106)));
}

TEST(TimeShare, one_part_is_all) {
  TimeShare all(1, milliseconds(0), kRestMax);
  for (int i = 0; i < 10; ++i) all.spend(at(i), at(i + 1));
  EXPECT_EQ(all.rest(at(10)), Until());
}

TEST(TimeShare, an_interruption_by_the_system_is_no_long_rest) {
  TimeShare quarter(4, milliseconds(4), kRestMax);
  quarter.spend(at(0), at(10'000));
  EXPECT_EQ(quarter.rest(at(10'000)), Until(at(10'000) + kRestMax));
}

}  // namespace
}  // namespace turnpike
