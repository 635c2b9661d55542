// A fleet that drains node by node, in a world of values: who is asked when, and what stops it.
#include "turnpike/console/rollout.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>

namespace turnpike::console {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

std::string id_of(int node) { return fmt::format("{:032x}", node); }

// Three nodes, of which 1 is the one that is asked. Who is asked to drain ends `drain_s` later, and comes
// back as another node `back_s` after that.
class RolloutTest : public testing::Test {
 protected:
  struct Node {
    int id;
    std::optional<TimePoint> drains_since{};
    bool was_told_in_vain = false;
  };

  void pass(Duration time) {
    now_ += time;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto since = nodes_[i].drains_since;
      if (!since || !comes_back_ || now_ < *since + drain_s_ + back_s_) continue;
      if (nodes_[i].id == self_) self_ = next_id_;
      nodes_[i] = {next_id_++};
    }
  }
  bool is_alive(const Node& node) const { return !node.drains_since || now_ < *node.drains_since + drain_s_; }

  Result<Answer, std::string> fleet() {
    for (const Node& node : nodes_) {
      if (node.id == self_ && !is_alive(node)) return std::string("no server answers");
    }
    boost::json::array list;
    for (const Node& node : nodes_) {
      if (!is_alive(node) || (node.id != self_ && now_ >= away_from_ && now_ < away_until_)) continue;
      list.push_back({{"node", id_of(node.id)},
                      {"region", "eu"},
                      {"addresses", {fmt::format("udp 192.0.2.{}:3478", node.id)}},
                      {"is_draining", node.drains_since.has_value()}});
      most_draining_ = std::max(most_draining_, draining());
    }
    boost::json::object object{{"is_in_fleet", true},
                               {"is_connected", !(now_ >= away_from_ && now_ < reconnected_)},
                               {"node", id_of(self_)},
                               {"nodes", std::move(list)}};
    return Answer{200, "", std::move(object)};
  }
  int draining() const {
    return static_cast<int>(
        std::ranges::count_if(nodes_, [&](const Node& node) { return node.drains_since && is_alive(node); }));
  }
  Result<Answer, std::string> drain(const std::string& id) {
    for (Node& node : nodes_) {
      if (id_of(node.id) != id) continue;
      asked_.push_back(node.id);
      if (!hears_at_once_ && !std::exchange(node.was_told_in_vain, true)) return Answer{200, "", {}};
      if (!node.drains_since) node.drains_since = now_;
      return Answer{200, "", {}};
    }
    return Answer{404, "", {{"error", "there is no such node"}}};
  }
  std::string run(const RolloutOptions& options = {}) {
    Rollout::World world{.fleet = [this] { return fleet(); },
                         .drain = [this](const std::string& id) { return drain(id); },
                         .sleep = [this](Duration time) { pass(time); },
                         .now = [this] { return now_; },
                         .say = [this](const std::string& line) { said_.push_back(line); }};
    return Rollout(std::move(world), options).run();
  }

  TimePoint now_{seconds(1000)};
  TimePoint away_from_ = TimePoint::max(), away_until_ = TimePoint::max(), reconnected_ = TimePoint::max();
  Duration drain_s_ = seconds(30), back_s_ = seconds(10);
  bool comes_back_ = true, hears_at_once_ = true;
  int self_ = 1, next_id_ = 4, most_draining_ = 0;
  std::vector<Node> nodes_{{1}, {2}, {3}};
  std::vector<int> asked_;
  std::vector<std::string> said_;
};

TEST_F(RolloutTest, one_after_the_other_drains_and_comes_back_and_the_one_that_is_asked_last) {
  EXPECT_EQ(run(), "");
  EXPECT_THAT(asked_, ElementsAre(2, 3, 1));
  EXPECT_EQ(most_draining_, 1);
  EXPECT_THAT(said_, testing::SizeIs(10));
  EXPECT_EQ(said_[0], "00000000 (eu, udp 192.0.2.2:3478): draining");
  EXPECT_EQ(said_[1], "00000000 (eu, udp 192.0.2.2:3478): drained in 30s");
  EXPECT_EQ(said_[2], "00000000 (eu, udp 192.0.2.2:3478): 3 of 3 nodes serve");
  EXPECT_EQ(said_.back(), "every node has drained");
}

TEST_F(RolloutTest, who_drains_already_is_waited_for_before_anybody_is_asked) {
  nodes_[2].drains_since = now_;
  EXPECT_EQ(run(), "");
  EXPECT_THAT(asked_, ElementsAre(2, 1));
  EXPECT_EQ(most_draining_, 1);
}

TEST_F(RolloutTest, an_order_that_was_not_heard_is_said_again) {
  hears_at_once_ = false;
  EXPECT_EQ(run(), "");
  EXPECT_THAT(asked_, ElementsAre(2, 2, 3, 3, 1, 1));
}

TEST_F(RolloutTest, those_with_nothing_to_do_are_not_waited_for) {
  drain_s_ = {};
  const TimePoint begun = now_;
  EXPECT_EQ(run(), "");
  EXPECT_THAT(asked_, ElementsAre(2, 3, 1));
  EXPECT_LT(now_ - begun, seconds(3 * 12)) << "ten seconds each is away";
}

TEST_F(RolloutTest, where_one_does_not_come_back_nobody_else_is_asked) {
  comes_back_ = false;
  EXPECT_THAT(run(), HasSubstr("has ended, but after 5m only 2 of 3 nodes serve"));
  EXPECT_THAT(asked_, ElementsAre(2));
}

TEST_F(RolloutTest, nobody_waits_for_those_who_do_not_come_back) {
  comes_back_ = false;
  EXPECT_EQ(run({.back_within = {}}), "");
  EXPECT_THAT(asked_, ElementsAre(2, 3, 1));
  EXPECT_EQ(most_draining_, 1);
}

TEST_F(RolloutTest, where_one_does_not_end_nobody_else_is_asked) {
  drain_s_ = std::chrono::hours(2);
  EXPECT_THAT(run(), HasSubstr("has not ended within 1h: it goes on draining, and no other was asked to"));
  EXPECT_THAT(asked_, ElementsAre(2));
}

// The others are silent for 55 seconds, for the first 15 of which Redis is known to be away.
TEST_F(RolloutTest, nodes_that_only_are_not_heard_of_have_not_ended) {
  comes_back_ = false;
  drain_s_ = seconds(100);
  away_from_ = now_ + seconds(5);
  reconnected_ = away_from_ + seconds(15);
  away_until_ = reconnected_ + seconds(40);  // as when it stands still, and nobody notices
  EXPECT_EQ(run({.back_within = {}}), "");
  EXPECT_THAT(asked_, ElementsAre(2, 3, 1));
  EXPECT_EQ(most_draining_, 1);
}

TEST_F(RolloutTest, the_server_that_is_asked_must_stay) {
  drain_s_ = seconds(100);
  nodes_[0].drains_since = now_ - seconds(95);
  nodes_[1].drains_since = now_;
  EXPECT_THAT(run(), testing::AnyOf(HasSubstr("has begun anew"), HasSubstr("no server answers")));
  EXPECT_THAT(asked_, testing::IsEmpty());
}

TEST(FleetView, what_the_server_says_is_read_and_nothing_else) {
  EXPECT_FALSE(fleet_view({}).is_in_fleet);
  const auto json = boost::json::parse(R"({"is_in_fleet": true, "is_connected": true, "node": "a",
      "nodes": [{"node": "a", "is_draining": true}, 7, {"node": "b", "region": "eu"}]})");
  const FleetView view = fleet_view(json.as_object());
  EXPECT_TRUE(view.is_in_fleet && view.is_connected);
  EXPECT_EQ(view.this_node, "a");
  EXPECT_THAT(view.nodes, ElementsAre(NodeLine{"a", "a", true}, NodeLine{"b", "b (eu)", false}));
  EXPECT_EQ(view.serving(), 1U);
  EXPECT_EQ(view.find("b"), &view.nodes[1]);
  EXPECT_EQ(view.find("c"), nullptr);
}

}  // namespace
}  // namespace turnpike::console
