// Places over several nodes.
#include "turnpike/fleet/shared_places.hpp"

#include <gtest/gtest.h>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using test::node_id;

// Three nodes that have heard of all that the others hold.
class SharedPlacesTest : public ::testing::Test {
 protected:
  void hold(std::initializer_list<std::uint32_t> places) {
    const TimePoint now(std::chrono::seconds(100));
    auto each = places.begin();
    for (auto& node : nodes_) {
      node.hold("alice", *each++);
      node.own().on_connected(now);
    }
    for (std::size_t i = 0; i < 3; ++i) {
      const Commands commands = nodes_[i].own().take_commands();
      if (commands.empty()) continue;  // nothing was ever held there
      const auto& write = std::get<Write>(commands.at(0));
      for (std::size_t j = 0; j < 3; ++j) {
        if (i == j) continue;
        nodes_[j].others().on_heartbeat(node_id(static_cast<unsigned>(i)), nodes_[i].own().seq());
        nodes_[j].others().on_entry({write.key, write.value});
      }
    }
  }

  Seal seal_{"secret"};
  Keys keys_{"t:", seal_};
  SharedPlaces nodes_[3] = {
      {keys_, seal_, node_id(0)}, {keys_, seal_, node_id(1)}, {keys_, seal_, node_id(2)}};
};

TEST_F(SharedPlacesTest, what_others_hold_is_their_sum) {
  hold({1, 2, 4});
  EXPECT_EQ(nodes_[0].others_hold("alice"), 6U);
  EXPECT_EQ(nodes_[2].others_hold("alice"), 3U);
  EXPECT_EQ(nodes_[2].others_hold(nodes_[2].digests_of("alice")), 3U);
  EXPECT_EQ(nodes_[2].others_hold("bob"), 0U);
  nodes_[2].others().on_gone(node_id(0));
  EXPECT_EQ(nodes_[2].others_hold("alice"), 2U);
}

TEST_F(SharedPlacesTest, a_wish_is_heard_of_under_digests_of_its_own) {
  nodes_[0].wish(nodes_[0].wishes_of("alice"), 2);
  hold({1, 0, 0});
  EXPECT_EQ(nodes_[1].others_hold("alice"), 1U);
  EXPECT_EQ(nodes_[1].others_hold(nodes_[1].wishes_of("alice")), 2U);
  EXPECT_EQ(nodes_[1].others_hold(nodes_[1].wishes_of("bob")), 0U);
  EXPECT_EQ(nodes_[1].wishes_of("bob"), seal_.wish_digests("bob"));
}

TEST_F(SharedPlacesTest, what_is_beyond_the_limit_is_given_back_by_one_node_after_another) {
  hold({3, 3, 3});
  const struct {
    std::uint32_t max;
    std::uint32_t given_back[3];
  } kCases[] = {{0, {0, 0, 0}}, {9, {0, 0, 0}}, {7, {0, 0, 2}}, {4, {0, 2, 3}}, {1, {2, 3, 3}}};
  for (const auto& [max, given_back] : kCases) {
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(nodes_[i].to_give_back("alice", max), given_back[i]) << max << " " << i;
  }
}

}  // namespace
}  // namespace turnpike::fleet
