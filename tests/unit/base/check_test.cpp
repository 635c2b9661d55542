// A check that fails ends the process in every build, and says where.
#include "turnpike/base/check.hpp"

#include <gtest/gtest.h>

namespace turnpike {
namespace {

TEST(Check, what_holds_is_evaluated_once_and_passes) {
  int evaluated = 0;
  TURNPIKE_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, what_does_not_hold_is_named_with_file_and_line) {
  const int one = 1;
  EXPECT_DEATH(TURNPIKE_CHECK(one == 2), "check_test\\.cpp:[0-9]+: does not hold: one == 2");
}

}  // namespace
}  // namespace turnpike
