// A node's doors: heartbeats, who leaves, and what strangers write.
#include "turnpike/fleet/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::fleet {
namespace {

Now at(std::int64_t s) { return {TimePoint(std::chrono::seconds(1000 + s)), 1'750'000'000 + s}; }

template <class Kind>
std::vector<Kind> only(const Commands& commands) {
  std::vector<Kind> found;
  for (const Command& each : commands) {
    if (const auto* command = std::get_if<Kind>(&each)) found.push_back(*command);
  }
  return found;
}

class FleetTest : public testing::Test {
 protected:
  // What one says the other hears.
  void tell(Fleet& from, Fleet& to, std::int64_t s) {
    for (const Publish& each : only<Publish>(from.take_commands()))
      to.on_message(each.channel, each.message, at(s));
  }

  SeededRandom random_{1};
  Fleet one_{{.secret = "secret"}, random_};
  Fleet two_{{.secret = "secret"}, random_};
};

TEST_F(FleetTest, everything_that_is_written_expires_and_is_under_the_prefix) {
  one_.places().hold("alice", 1);
  one_.user_budgets().own().set(7, 1), one_.room_budgets().own().set(7, 1);
  one_.on_connected(at(0));
  const auto writes = only<Write>(one_.take_commands());
  EXPECT_THAT(writes, testing::SizeIs(4));
  for (const Write& write : writes) {
    EXPECT_TRUE(write.key.starts_with("turnpike:")) << write.key;
    EXPECT_GT(write.life, Duration{});
  }
}

TEST_F(FleetTest, tables_that_never_had_anything_are_neither_written_nor_read) {
  one_.on_connected(at(0)), two_.on_connected(at(0));
  const Commands said = one_.take_commands();
  EXPECT_THAT(only<Write>(said), testing::SizeIs(1)) << "the heartbeat";
  for (const Publish& each : only<Publish>(said)) two_.on_message(each.channel, each.message, at(0));
  two_.tick(at(1));
  EXPECT_THAT(only<Read>(two_.take_commands()), testing::IsEmpty());
}

TEST_F(FleetTest, what_is_missing_is_not_asked_for_again_before_there_was_an_answer) {
  one_.places().hold("alice", 1);
  one_.on_connected(at(0)), two_.on_connected(at(0));
  tell(one_, two_, 0);
  two_.tick(at(0));
  const Commands first = two_.take_commands();
  EXPECT_THAT(only<Read>(first), testing::IsEmpty()) << "bars come first";
  for (const Scan& scan : only<Scan>(first)) {
    two_.on_names(scan, "0", at(0));
    two_.on_page(scan, {}, true, at(0));
  }
  two_.tick(at(0));
  EXPECT_THAT(only<Read>(two_.take_commands()), testing::SizeIs(1));
  two_.tick(at(5));
  EXPECT_THAT(only<Read>(two_.take_commands()), testing::IsEmpty());
  two_.on_entries({}, false);
  two_.tick(at(6));
  EXPECT_THAT(only<Read>(two_.take_commands()), testing::IsEmpty()) << "that was not all";
  two_.on_entries({}, true);
  two_.tick(at(6));
  EXPECT_THAT(only<Read>(two_.take_commands()), testing::SizeIs(1)) << "there was nothing";
  one_.tick(at(10));
  tell(one_, two_, 10);
  two_.tick(at(16));
  EXPECT_THAT(only<Read>(two_.take_commands()), testing::SizeIs(1)) << "and no answer for ten seconds";
}

TEST_F(FleetTest, nodes_are_looked_for_when_the_bars_are_read_and_not_after_a_short_absence) {
  const auto scans = [&](std::int64_t s) {
    one_.tick(at(s));
    return only<Scan>(one_.take_commands());
  };
  const auto read_bars = [&](const std::vector<Scan>& asked, std::int64_t s) {
    for (const Scan& scan : asked) {
      one_.on_names(scan, "0", at(s));
      one_.on_page(scan, {}, true, at(s));
    }
  };
  one_.on_connected(at(0));
  const auto bars = scans(0);
  ASSERT_THAT(bars, testing::SizeIs(1));
  EXPECT_TRUE(bars[0].prefix.ends_with(":word:"));
  read_bars(bars, 2);
  one_.tick(at(2));
  const Commands rest = one_.take_commands();
  ASSERT_THAT(only<Scan>(rest), testing::SizeIs(1));
  const Scan nodes = only<Scan>(rest)[0];
  EXPECT_TRUE(nodes.prefix.ends_with(":node:"));
  EXPECT_THAT(only<Publish>(rest), testing::SizeIs(1)) << "the others write their tables once more";
  one_.on_names(nodes, "5", at(2));
  EXPECT_EQ(scans(2), (std::vector<Scan>{{nodes.prefix, "5", 2 * nodes.keys}}));
  one_.on_disconnected();
  one_.on_connected(at(11));
  read_bars(scans(11), 11);
  EXPECT_THAT(scans(11), testing::IsEmpty());
  one_.on_disconnected();
  one_.on_connected(at(21));
  read_bars(scans(21), 21);
  EXPECT_THAT(scans(21), testing::SizeIs(1));
}

TEST_F(FleetTest, heartbeats_go_every_five_seconds_and_at_once_when_a_node_drains) {
  one_.on_connected(at(0)), two_.on_connected(at(0));
  tell(one_, two_, 0);
  EXPECT_EQ(two_.nodes(), 2U);
  one_.tick(at(4));
  EXPECT_THAT(only<Write>(one_.take_commands()), testing::IsEmpty());
  one_.tick(at(5));
  EXPECT_THAT(only<Write>(one_.take_commands()), testing::SizeIs(1));
  NodeRecord self = one_.self();
  self.is_draining = true;
  one_.describe(self);
  one_.tick(at(6));
  tell(one_, two_, 6);
  EXPECT_TRUE(two_.members().live().at(0)->is_draining);
}

TEST_F(FleetTest, a_load_that_has_moved_does_not_wait_for_the_next_heartbeat) {
  one_.on_connected(at(0)), two_.on_connected(at(0));
  tell(one_, two_, 0);
  NodeRecord self = one_.self();
  self.load.busy_permille = 40;
  one_.describe(self);
  one_.tick(at(1));
  EXPECT_THAT(only<Write>(one_.take_commands()), testing::IsEmpty()) << "hardly";
  self.load.busy_permille = 60;
  one_.describe(self);
  one_.tick(at(1));
  tell(one_, two_, 1);
  EXPECT_EQ(two_.members().live().at(0)->load.busy_permille, 60U);
  self.load.busy_permille = 900;
  one_.describe(self);
  one_.tick({TimePoint(std::chrono::milliseconds(1001900)), 1});
  EXPECT_THAT(only<Write>(one_.take_commands()), testing::IsEmpty()) << "once a second";
  one_.tick(at(2));
  tell(one_, two_, 2);
  EXPECT_EQ(two_.members().live().at(0)->load.busy_permille, 900U);
}

TEST_F(FleetTest, who_leaves_is_gone_at_once_with_what_it_held) {
  one_.places().hold("alice", 2);
  one_.on_connected(at(0)), two_.on_connected(at(0));
  const Commands first = one_.take_commands();
  for (const Publish& each : only<Publish>(first)) two_.on_message(each.channel, each.message, at(0));
  std::vector<Entry> entries;
  for (const Write& each : only<Write>(first)) entries.push_back({each.key, each.value, each.life});
  two_.on_entries(entries, true);
  EXPECT_EQ(two_.places().others_hold("alice"), 2U);
  one_.leave(at(1));
  one_.tick(at(9));
  tell(one_, two_, 1);
  EXPECT_EQ(two_.nodes(), 1U);
  EXPECT_EQ(two_.places().others_hold("alice"), 0U);
  EXPECT_EQ(two_.take_passings().back(), (Passing{one_.node_id(), Passage::left}));
}

TEST_F(FleetTest, an_order_is_for_one_node_and_does_not_come_with_a_seal_of_another_kind) {
  EXPECT_FALSE(one_.order(two_.node_id(), Task::drain)) << "not connected";
  one_.on_connected(at(0)), two_.on_connected(at(0));
  EXPECT_FALSE(one_.order(two_.node_id(), Task::drain)) << "not heard of";
  tell(two_, one_, 0);
  EXPECT_FALSE(one_.order(one_.node_id(), Task::drain)) << "itself";
  one_.take_commands();
  EXPECT_TRUE(one_.order(two_.node_id(), Task::drain));
  const auto published = only<Publish>(one_.take_commands());
  ASSERT_THAT(published, testing::SizeIs(1));
  const auto& [channel, message] = published[0];
  one_.on_message(channel, message, at(1));
  EXPECT_THAT(one_.take_orders(), testing::IsEmpty()) << "it is not for the one that has said it";
  two_.on_message(channel, message, at(1));
  two_.on_message(channel, message, at(1));
  EXPECT_THAT(two_.take_orders(), testing::ElementsAre(Order{two_.node_id(), Task::drain, one_.node_id()}));
  const Seal strange("strange"), ours("secret");
  const std::string payload = write_order({two_.node_id(), Task::drain, one_.node_id()});
  two_.on_message(channel, strange.close(Kind::order, payload), at(2));
  two_.on_message(channel, ours.close(Kind::word, payload), at(2));
  two_.on_message(channel, ours.close(Kind::order, "{}"), at(2));
  EXPECT_THAT(two_.take_orders(), testing::IsEmpty());
  EXPECT_EQ(two_.faults().of(RecordFault::wrong_seal), 2U);
  EXPECT_EQ(two_.faults().of(RecordFault::malformed), 1U);
}

TEST_F(FleetTest, without_redis_the_others_count_no_more_after_15_seconds) {
  one_.on_connected(at(0)), two_.on_connected(at(0));
  tell(one_, two_, 0);
  two_.on_disconnected();
  two_.tick(at(14));
  EXPECT_EQ(two_.nodes(), 2U);
  two_.tick(at(15));
  EXPECT_EQ(two_.nodes(), 1U);
  EXPECT_THAT(two_.take_commands(), testing::IsEmpty());
}

TEST_F(FleetTest, no_client_is_sent_to_who_was_silent_for_seven_seconds_of_a_connection) {
  one_.on_connected(at(0)), two_.on_connected(at(0));
  tell(one_, two_, 0);
  two_.tick(at(6));
  EXPECT_THAT(two_.heard_lately(), testing::SizeIs(1));
  two_.tick(at(8));
  EXPECT_THAT(two_.heard_lately(), testing::IsEmpty());
  EXPECT_EQ(two_.nodes(), 2U) << "it counts as ever";
  two_.on_disconnected();
  two_.on_connected(at(9));
  two_.tick(at(10));
  EXPECT_THAT(two_.heard_lately(), testing::SizeIs(1)) << "who has just come back does not know";
  one_.tick(at(11));
  tell(one_, two_, 11);
  two_.tick(at(12));
  two_.on_disconnected();
  two_.tick(at(25));
  EXPECT_THAT(two_.heard_lately(), testing::SizeIs(1)) << "that nobody is heard then says nothing";
}

TEST_F(FleetTest, news_reach_who_is_connected_and_come_as_they_were_told) {
  EXPECT_FALSE(one_.tell("too early"));
  one_.on_connected(at(0)), two_.on_connected(at(0));
  one_.take_commands();
  const std::string odd("a\nb\0c", 5);
  EXPECT_TRUE(one_.tell(odd));
  EXPECT_TRUE(one_.tell(""));
  EXPECT_TRUE(one_.tell(std::string(Fleet::kNewsSizeMax, 'a')));
  EXPECT_FALSE(one_.tell(std::string(Fleet::kNewsSizeMax + 1, 'a')));
  for (const Publish& each : only<Publish>(one_.take_commands())) {
    one_.on_message(each.channel, each.message, at(0));
    two_.on_message(each.channel, each.message, at(0));
  }
  EXPECT_THAT(two_.take_news(), testing::ElementsAre(odd, "", std::string(Fleet::kNewsSizeMax, 'a')));
  EXPECT_THAT(two_.take_news(), testing::IsEmpty());
  EXPECT_THAT(one_.take_news(), testing::IsEmpty()) << "its own";

  const Seal seal("secret");
  for (const std::string& bad : {std::string("no line"), std::string("node\ntext"),
                                 one_.node_id() + "\n" + std::string(Fleet::kNewsSizeMax + 1, 'a')})
    two_.on_message(two_.channels().at(static_cast<std::size_t>(Kind::news)), seal.close(Kind::news, bad),
                    at(0));
  EXPECT_THAT(two_.take_news(), testing::IsEmpty());
  EXPECT_EQ(two_.faults().sum(), 3U);
}

TEST_F(FleetTest, what_strangers_write_is_counted_and_nothing_else) {
  Fleet other({.secret = "other"}, random_);
  one_.on_connected(at(0)), other.on_connected(at(0));
  one_.take_commands();
  tell(other, one_, 0);
  EXPECT_EQ(one_.faults().sum(), 0U) << "the channels of another fleet are not even looked at";
  for (const std::string& channel : one_.channels()) one_.on_message(channel, "1..{}", at(0));
  one_.on_message("elsewhere", "1..{}", at(0));
  EXPECT_EQ(one_.faults().of(RecordFault::not_sealed), kKinds);
  EXPECT_EQ(one_.nodes(), 1U);
}

}  // namespace
}  // namespace turnpike::fleet
