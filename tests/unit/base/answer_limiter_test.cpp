// How many answers one source address gets that has not shown who it is.
#include "turnpike/base/answer_limiter.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace turnpike {
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

TEST(AnswerLimiter, a_second_has_its_number_of_answers_and_no_more_SEC_01) {
  AnswerLimiter limiter(100);
  EXPECT_EQ(allowed(limiter, 1000, kStart), 100);
  EXPECT_EQ(allowed(limiter, 1000, kStart + milliseconds(250)), 25);
  EXPECT_EQ(allowed(limiter, 1000, kStart + milliseconds(259)), 0);
  EXPECT_EQ(allowed(limiter, 1000, kStart + milliseconds(260)), 1);
  EXPECT_EQ(allowed(limiter, 1000, kStart + seconds(3600)), 100);  // what was not used is not saved up
}

TEST(AnswerLimiter, ten_thousand_at_once_do_not_disturb_another_address_SEC_01) {
  AnswerLimiter limiter(1000);
  EXPECT_EQ(allowed(limiter, 10'000, kStart), 1000);
  EXPECT_EQ(allowed(limiter, 10, kStart, IpAddress::v4(198, 51, 100, 2)), 10);
  EXPECT_EQ(allowed(limiter, 10, kStart, IpAddress::parse("2001:db8::1").value()), 10);
}

TEST(AnswerLimiter, whether_it_would_allow_takes_nothing) {
  for (const auto* address : {"198.51.100.1", "2001:db8::1"}) {
    const IpAddress source = IpAddress::parse(address).value();
    AnswerLimiter limiter(2);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(limiter.would_allow(source, kStart));
    EXPECT_EQ(allowed(limiter, 10, kStart, source), 2);
    EXPECT_FALSE(limiter.would_allow(source, kStart));
    EXPECT_TRUE(limiter.would_allow(source, kStart + milliseconds(500)));
  }
  EXPECT_TRUE(AnswerLimiter(0).would_allow(kSource, kStart));
}

TEST(AnswerLimiter, one_a_second_is_one_a_second) {
  AnswerLimiter limiter(1);
  EXPECT_EQ(allowed(limiter, 5, kStart), 1);
  EXPECT_EQ(allowed(limiter, 5, kStart + milliseconds(999)), 0);
  EXPECT_EQ(allowed(limiter, 5, kStart + seconds(1)), 1);
}

TEST(AnswerLimiter, a_64_is_one_source_and_a_48_is_four_SEC_01) {
  AnswerLimiter limiter(100);
  int all = 0;
  for (int subnet = 0; subnet < 8; ++subnet) {
    int of_subnet = 0;
    for (int host = 0; host < 200; ++host) {
      const auto source = IpAddress::parse(fmt::format("2001:db8:7:{}::{}", subnet, host));
      of_subnet += allowed(limiter, 1, kStart, *source);
    }
    EXPECT_LE(of_subnet, 100);
    all += of_subnet;
  }
  EXPECT_EQ(all, 400);
}

TEST(AnswerLimiter, threads_together_get_no_more_than_one) {
  AnswerLimiter limiter(1000);
  std::vector<int> counts(4);
  std::vector<std::thread> threads;
  for (int& own : counts) threads.emplace_back([&] { own = allowed(limiter, 1000, kStart); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], 1000);
}

TEST(AnswerLimiter, zero_is_no_limit) {
  AnswerLimiter limiter(0);
  EXPECT_EQ(allowed(limiter, 100'000, kStart), 100'000);
}

}  // namespace
}  // namespace turnpike
