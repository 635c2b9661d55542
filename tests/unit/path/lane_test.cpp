// Whose turn it is, and when the turn is over.
#include "turnpike/path/lane.hpp"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <vector>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::path {
namespace {

constexpr LaneLimits kLimits{
    .connections = 3, .requests = 10, .requests_of_one = 4, .bytes = 100, .bytes_of_one_read = 60};

class LaneTest : public ::testing::Test {
 protected:
  // A connection that is always readable.
  void add_ready(Lane::StreamId id) {
    ready_.emplace_back(::eventfd(1, EFD_CLOEXEC));
    ASSERT_FALSE(lane_.ring().poller().add(ready_.back().get(), id));
  }
  // The ids of a turn.
  std::vector<Lane::StreamId> take_turn() {
    begin_turn();
    std::vector<Lane::StreamId> ids;
    while (const auto next = lane_.next()) ids.push_back(next->id);
    return ids;
  }
  void begin_turn() {
    lane_.begin_turn();
    lane_.note_ready();
  }

  Lane lane_{kLimits};
  std::vector<net::FileDescriptor> ready_;
};

using Ids = std::vector<Lane::StreamId>;

TEST_F(LaneTest, those_who_are_ready_have_their_turn_one_after_the_other) {
  for (Lane::StreamId id = 1; id <= 5; ++id) add_ready(id);
  std::vector<int> served(6);
  for (int turn = 0; turn < 5; ++turn) {
    const Ids ids = take_turn();
    EXPECT_EQ(ids.size(), kLimits.connections);
    for (const Lane::StreamId id : ids) ++served[id];
  }
  EXPECT_EQ(served, (std::vector<int>{0, 3, 3, 3, 3, 3}));
}

TEST_F(LaneTest, those_who_wait_and_those_who_are_ready_alternate) {
  for (Lane::StreamId id = 1; id <= 3; ++id) add_ready(id);
  for (Lane::StreamId id = 11; id <= 15; ++id) lane_.wait(id);
  EXPECT_EQ(take_turn(), (Ids{11, 1, 12, 2, 13, 3}));
  EXPECT_TRUE(lane_.has_waiting());
  EXPECT_EQ(take_turn(), (Ids{14, 1, 15, 2, 3}));
  EXPECT_FALSE(lane_.has_waiting());
}

TEST_F(LaneTest, who_comes_to_wait_in_a_turn_waits_for_the_next) {
  lane_.wait(1);
  lane_.begin_turn();
  ASSERT_TRUE(lane_.next().has_value());
  lane_.wait(1);
  EXPECT_FALSE(lane_.next().has_value());
  EXPECT_EQ(take_turn(), (Ids{1}));
}

TEST_F(LaneTest, without_requests_left_nobody_who_waits_is_served_and_those_who_are_ready_are) {
  add_ready(1);
  lane_.wait(11);
  begin_turn();
  EXPECT_EQ(lane_.requests_of_one(), 4U);
  lane_.spend(0, 8);
  EXPECT_EQ(lane_.requests_of_one(), 2U);
  lane_.spend(0, 2);
  EXPECT_FALSE(lane_.has_requests());
  EXPECT_EQ(lane_.next()->id, 1U);
  EXPECT_FALSE(lane_.next().has_value());
}

TEST_F(LaneTest, bytes_end_a_turn) {
  for (Lane::StreamId id = 1; id <= 2; ++id) add_ready(id);
  begin_turn();
  EXPECT_EQ(lane_.bytes_of_read(), 60U);
  ASSERT_TRUE(lane_.next().has_value());
  lane_.spend(60, 0);
  EXPECT_EQ(lane_.bytes_of_read(), 40U);
  lane_.spend(40, 0);
  EXPECT_FALSE(lane_.next().has_value());
  EXPECT_EQ(take_turn(), (Ids{2})) << "who was left goes first";
}

}  // namespace
}  // namespace turnpike::path
