// The sums that workers ask for.
#include "turnpike/node/held_by_others.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace turnpike::node {
namespace {

TEST(HeldByOthers, are_sums_over_all_digests_of_a_name) {
  const fleet::Seal seal("new", "old");
  HeldByOthers held;
  EXPECT_EQ(held.places_of("alice"), 0U);
  held.begin(seal);
  const fleet::Digests alice = seal.digests("alice");
  held.set(alice[0], 2);
  held.set(alice[1], 3);
  EXPECT_EQ(held.places_of("alice"), 5U);
  EXPECT_EQ(held.places_of("bob"), 0U);
  EXPECT_EQ(held.size(), 2U);
  held.set(alice[0], 0);
  EXPECT_EQ(held.places_of("alice"), 3U);
  held.set(alice[1], std::uint64_t{1} << 40);
  EXPECT_EQ(held.places_of("alice"), UINT32_MAX);
  held.begin(fleet::Seal("another"));
  EXPECT_EQ(held.size(), 0U) << "of another fleet nothing is known yet";
  held.set(alice[0], 1);
  EXPECT_EQ(held.places_of("alice"), 0U);
  held.end();
  EXPECT_EQ(held.size(), 0U);
}

TEST(HeldByOthers, may_be_asked_while_they_change) {
  const fleet::Seal seal("secret");
  HeldByOthers held;
  held.begin(seal);
  const fleet::Who alice = seal.digest("alice");
  held.set(alice, 1);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&held] {
      for (int round = 0; round < 1000; ++round) {
        const std::uint32_t places = held.places_of("alice");
        EXPECT_TRUE(places == 1 || places == 2) << places;
      }
    });
  }
  for (int round = 0; round < 1000; ++round) {
    held.set(alice, 1 + round % 2);
    held.set(seal.digest(std::to_string(round % 100)), round % 3);
  }
}

}  // namespace
}  // namespace turnpike::node
