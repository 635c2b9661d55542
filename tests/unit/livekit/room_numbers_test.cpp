// Which number a room has, and when another room may have it.
#include "turnpike/livekit/room_numbers.hpp"

#include <gtest/gtest.h>

namespace turnpike::livekit {
namespace {

TEST(RoomNumbers, all_meters_of_a_room_have_its_number_and_another_room_has_another) {
  RoomNumbers numbers;
  EXPECT_EQ(numbers.move(1, ""), 0U);
  EXPECT_EQ(numbers.move(1, "a"), 1U);
  EXPECT_EQ(numbers.move(2, "a"), 1U);
  EXPECT_EQ(numbers.move(3, "b"), 2U);
  EXPECT_EQ(numbers.move(3, "b"), 2U);
  EXPECT_EQ(numbers.size(), 2U);
}

TEST(RoomNumbers, the_number_of_a_room_that_everybody_has_left_is_used_again) {
  RoomNumbers numbers;
  numbers.move(1, "a");
  numbers.move(2, "a");
  numbers.move(3, "b");
  EXPECT_EQ(numbers.move(1, "b"), 2U);
  EXPECT_EQ(numbers.move(4, "c"), 3U) << "somebody is in the first";
  EXPECT_EQ(numbers.move(2, ""), 0U);
  EXPECT_EQ(numbers.move(5, "d"), 1U);
  EXPECT_EQ(numbers.size(), 3U);
}

TEST(RoomNumbers, no_number_is_greater_than_the_number_of_meters) {
  RoomNumbers numbers;
  for (int round = 0; round < 100; ++round) {
    for (relay::MeterId meter = 1; meter <= 4; ++meter) {
      EXPECT_LE(numbers.move(meter, std::to_string(round) + "/" + std::to_string(meter)), 4U);
    }
  }
}

TEST(RoomNumbers, say_whose_number_that_is) {
  RoomNumbers numbers;
  EXPECT_EQ(numbers.greatest(), 0U);
  EXPECT_EQ(numbers.name_of(0), "");
  EXPECT_EQ(numbers.name_of(1), "");
  numbers.move(1, "a");
  numbers.move(2, "b");
  EXPECT_EQ(numbers.name_of(1), "a");
  EXPECT_EQ(numbers.name_of(2), "b");
  numbers.move(1, "");
  EXPECT_EQ(numbers.name_of(1), "");
  numbers.move(3, "c");
  EXPECT_EQ(numbers.name_of(1), "c");
  EXPECT_EQ(numbers.greatest(), 2U);
  EXPECT_EQ(numbers.name_of(3), "");
}

}  // namespace
}  // namespace turnpike::livekit
