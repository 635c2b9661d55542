// The line through memory samples.
#include "load/allocations.hpp"

#include <gtest/gtest.h>

namespace turnpike::bench {
namespace {

TEST(Slope, is_that_of_the_line_of_least_squares) {
  EXPECT_DOUBLE_EQ(slope({{1, 12}, {2, 14}, {3, 16}}), 2);
  EXPECT_DOUBLE_EQ(slope({{0, 0}, {1, 3}, {2, 0}, {3, 3}}), 0.6);
  EXPECT_DOUBLE_EQ(slope({{1, 5}}), 0);
  EXPECT_DOUBLE_EQ(slope({}), 0);
  EXPECT_DOUBLE_EQ(slope({{1, 5}, {1, 9}}), 0);
}

}  // namespace
}  // namespace turnpike::bench
