// Deadlines of which there may be none.
#include "turnpike/base/earlier.hpp"

#include <gtest/gtest.h>

namespace turnpike {
namespace {

using std::chrono::seconds;

TEST(Earlier, of_two_deadlines_it_is_the_first_that_there_is) {
  constexpr TimePoint kSoon{seconds(1)};
  constexpr TimePoint kLate{seconds(2)};
  EXPECT_EQ(earlier(std::nullopt, std::nullopt), std::nullopt);
  EXPECT_EQ(earlier(kSoon, std::nullopt), kSoon);
  EXPECT_EQ(earlier(std::nullopt, kSoon), kSoon);
  EXPECT_EQ(earlier(kLate, kSoon), kSoon);
  EXPECT_EQ(earlier(kSoon, kLate), kSoon);
}

}  // namespace
}  // namespace turnpike
