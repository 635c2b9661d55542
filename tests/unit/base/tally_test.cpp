// Counts by the values of an enum.
#include "turnpike/base/tally.hpp"

#include <gtest/gtest.h>

namespace turnpike {
namespace {

enum class Fruit { apple, pear, plum };

TEST(Tally, counts_each_value_and_adds_up) {
  Tally<Fruit, 3> first;
  first.add(Fruit::apple);
  first.add(Fruit::plum, 5);
  Tally<Fruit, 3> second;
  second.add(Fruit::apple);
  second += first;
  EXPECT_EQ(second.of(Fruit::apple), 2U);
  EXPECT_EQ(second.of(Fruit::pear), 0U);
  EXPECT_EQ(second.of(Fruit::plum), 5U);
  EXPECT_EQ(second.sum(), 7U);
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace turnpike
