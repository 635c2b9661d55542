// How many answers one source address gets that has not shown who it is.
#include "turnpike/turn/answer_limiter.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const IpAddress kSource = IpAddress::v4(198, 51, 100, 1);
const TimePoint kStart{seconds(5000)};

int allowed(AnswerLimiter& limiter, int asked, TimePoint now, const IpAddress& source = kSource) {
  int count = 0;
  for (int i = 0; i < asked; ++i) count += limiter.allow(source, now) ? 1 : 0;
  return count;
}

TEST(AnswerLimiter, SEC_01_a_second_has_its_number_of_answers_and_no_more) {
  AnswerLimiter limiter(100);
  EXPECT_EQ(allowed(limiter, 1000, kStart), 100);
  EXPECT_EQ(allowed(limiter, 1000, kStart + milliseconds(250)), 25);
  EXPECT_EQ(allowed(limiter, 1000, kStart + milliseconds(259)), 0);
  EXPECT_EQ(allowed(limiter, 1000, kStart + milliseconds(260)), 1);
  EXPECT_EQ(allowed(limiter, 1000, kStart + seconds(3600)), 100);  // what was not used is not saved up
}

TEST(AnswerLimiter, SEC_01_ten_thousand_at_once_do_not_disturb_another_address) {
  AnswerLimiter limiter(1000);
  EXPECT_EQ(allowed(limiter, 10'000, kStart), 1000);
  EXPECT_EQ(allowed(limiter, 10, kStart, IpAddress::v4(198, 51, 100, 2)), 10);
  EXPECT_EQ(allowed(limiter, 10, kStart, IpAddress::parse("2001:db8::1").value()), 10);
}

TEST(AnswerLimiter, one_a_second_is_one_a_second) {
  AnswerLimiter limiter(1);
  EXPECT_EQ(allowed(limiter, 5, kStart), 1);
  EXPECT_EQ(allowed(limiter, 5, kStart + milliseconds(999)), 0);
  EXPECT_EQ(allowed(limiter, 5, kStart + seconds(1)), 1);
}

TEST(AnswerLimiter, zero_is_no_limit) {
  AnswerLimiter limiter(0);
  EXPECT_EQ(allowed(limiter, 100'000, kStart), 100'000);
}

}  // namespace
}  // namespace turnpike::turn
