// A bounded map that forgets its oldest key.
#include "turnpike/livekit/ageing_map.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace turnpike::livekit {
namespace {

std::vector<std::string> keys_of(const AgeingMap<int>& map) {
  std::vector<std::string> keys;
  for (const auto& entry : map) keys.push_back(entry.key);
  return keys;
}

TEST(AgeingMap, finds_what_was_put_last_under_a_key) {
  AgeingMap<int> map(10);
  EXPECT_EQ(map.find("a"), nullptr);
  EXPECT_FALSE(map.put("a", 1));
  EXPECT_FALSE(map.put("a", 2));
  ASSERT_NE(map.find("a"), nullptr);
  EXPECT_EQ(*map.find("a"), 2);
  EXPECT_EQ(map.size(), 1U);
}

TEST(AgeingMap, the_oldest_makes_room_and_putting_anew_makes_young) {
  AgeingMap<int> map(3);
  for (const char* key : {"a", "b", "c"}) map.put(key, 0);
  EXPECT_FALSE(map.put("a", 1)) << "there is room for a key that is there";
  EXPECT_EQ(keys_of(map), (std::vector<std::string>{"b", "c", "a"}));
  const auto evicted = map.put("d", 0);
  ASSERT_TRUE(evicted);
  EXPECT_EQ(evicted->key, "b");
  EXPECT_EQ(map.find("b"), nullptr);
  EXPECT_EQ(keys_of(map), (std::vector<std::string>{"c", "a", "d"}));
}

TEST(AgeingMap, a_key_is_taken_once) {
  AgeingMap<int> map(3);
  map.put("a", 7);
  map.put("b", 8);
  const auto taken = map.take(map.begin()->key);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->key, "a");
  EXPECT_EQ(taken->value, 7);
  EXPECT_FALSE(map.take("a"));
  EXPECT_EQ(keys_of(map), std::vector<std::string>{"b"});
}

TEST(AgeingMap, of_one_place_holds_the_last) {
  AgeingMap<int> map(1);
  for (int i = 0; i < 100; ++i) map.put(std::to_string(i), i);
  EXPECT_EQ(keys_of(map), std::vector<std::string>{"99"});
}

}  // namespace
}  // namespace turnpike::livekit
