// What is known of others' holdings: changes, everything, and what happens when some of it was missed.
#include "turnpike/fleet/others_holdings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using std::chrono::seconds;
using test::node_id;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TimePoint at(int s) { return TimePoint(seconds(100 + s)); }

class OthersHoldingsTest : public ::testing::Test {
 protected:
  void changes(unsigned node, std::uint64_t seq, std::vector<Row> rows) {
    others_.on_message(
        seal_.close(Kind::places, write_holdings({node_id(node), seq, false, 0, 1, std::move(rows)})));
  }
  void full(unsigned node, std::uint64_t seq, std::vector<Row> rows, std::uint32_t part = 0,
            std::uint32_t parts = 1) {
    const HoldingsRecord record{node_id(node), seq, true, part, parts, std::move(rows)};
    others_.on_entry({keys_.holdings(Kind::places, node_id(node), part),
                      seal_.close(Kind::places, write_holdings(record))});
  }
  std::uint64_t sum(Who who) { return others_.sum(std::vector<Who>{who}); }
  std::vector<std::string> asked(int s) {
    others_.tick(at(s));
    std::vector<std::string> keys;
    for (const Command& each : others_.take_commands()) {
      for (const std::string& key : std::get<Read>(each).keys) keys.push_back(key);
    }
    return keys;
  }

  Seal seal_{"secret"};
  Keys keys_{"t:", seal_};
  OthersHoldings others_{Kind::places, keys_, seal_, 6};
};

TEST_F(OthersHoldingsTest, sums_are_of_all_live_nodes) {
  others_.on_heartbeat(node_id(1), 1), others_.on_heartbeat(node_id(2), 1);
  full(1, 1, {{7, 2}, {8, 1}}), full(2, 1, {{7, 3}});
  EXPECT_EQ(sum(7), 5U);
  EXPECT_EQ(sum(9), 0U);
  others_.on_gone(node_id(1));
  EXPECT_EQ(sum(7), 3U);
  EXPECT_EQ(others_.rows(), 1U);
  others_.on_gone(node_id(5));
}

TEST_F(OthersHoldingsTest, whoever_watches_is_told_of_sums_as_they_are_in_the_end) {
  std::vector<std::pair<Who, std::uint64_t>> told;
  others_.watch([&](Who who, std::uint64_t sum) { told.emplace_back(who, sum); });
  const auto taken = [&] { return std::exchange(told, {}); };
  others_.on_heartbeat(node_id(1), 1), others_.on_heartbeat(node_id(2), 1);
  full(1, 1, {{7, 2}});
  EXPECT_THAT(taken(), ElementsAre(Pair(7, 2)));
  full(2, 1, {{7, 3}});
  changes(2, 2, {{7, 1}, {8, 4}});
  EXPECT_THAT(taken(), ElementsAre(Pair(7, 5), Pair(7, 3), Pair(8, 4)));
  others_.on_connected();
  full(2, 3, {{7, 1}, {8, 4}});
  EXPECT_THAT(taken(), UnorderedElementsAre(Pair(7, 3), Pair(8, 4), Pair(7, 3), Pair(8, 4)))
      << "never of what was read and not put yet";
  others_.on_gone(node_id(2));
  EXPECT_THAT(taken(), UnorderedElementsAre(Pair(7, 2), Pair(8, 0)));
}

TEST_F(OthersHoldingsTest, changes_in_their_order_need_nothing_else) {
  others_.on_heartbeat(node_id(1), 1);
  full(1, 1, {{7, 2}});
  changes(1, 2, {{7, 4}, {8, 1}});
  changes(1, 3, {{7, 0}});
  changes(1, 2, {{7, 4}});
  EXPECT_EQ(sum(7), 0U);
  EXPECT_EQ(sum(8), 1U);
  EXPECT_THAT(asked(0), IsEmpty());
}

TEST_F(OthersHoldingsTest, what_was_missed_is_read_and_does_not_take_back_what_came_later) {
  others_.on_heartbeat(node_id(1), 1);
  full(1, 1, {{7, 2}, {9, 9}});
  changes(1, 4, {{8, 5}, {9, 0}});
  EXPECT_THAT(asked(0), UnorderedElementsAre(keys_.holdings(Kind::places, node_id(1), 0)));
  EXPECT_THAT(asked(0), IsEmpty()) << "once a second";
  full(1, 1, {{7, 2}, {8, 1}, {9, 9}});
  EXPECT_FALSE(others_.is_complete());
  EXPECT_EQ(sum(8), 5U);
  EXPECT_EQ(sum(9), 0U);
  EXPECT_THAT(asked(1), SizeIs(1));
  full(1, 3, {{8, 1}, {9, 9}});
  EXPECT_TRUE(others_.is_complete());
  EXPECT_EQ(sum(7), 0U);
  EXPECT_EQ(sum(8), 5U);
  EXPECT_EQ(sum(9), 0U);
  EXPECT_EQ(others_.rows(), 1U);
}

TEST_F(OthersHoldingsTest, a_table_that_is_not_there_is_asked_for_less_and_less_until_its_node_is_heard) {
  others_.on_heartbeat(node_id(1), 1);
  std::vector<int> when;
  for (int s = 0; s < 32; ++s) {
    if (!asked(s).empty()) when.push_back(s);
  }
  EXPECT_THAT(when, ElementsAre(0, 1, 3, 7, 15, 23, 31));
  others_.on_heartbeat(node_id(1), 1);
  EXPECT_THAT(asked(32), SizeIs(1));
  EXPECT_THAT(asked(33), SizeIs(1));
}

TEST_F(OthersHoldingsTest, a_heartbeat_tells_of_changes_that_were_not_heard) {
  others_.on_heartbeat(node_id(1), 1);
  full(1, 1, {});
  others_.on_heartbeat(node_id(1), 3);
  EXPECT_THAT(asked(0), SizeIs(1));
  full(1, 5, {{7, 1}});
  EXPECT_TRUE(others_.is_complete());
  changes(1, 5, {{7, 9}});
  EXPECT_EQ(sum(7), 1U) << "it is in what was read";
  changes(1, 6, {{7, 2}});
  EXPECT_EQ(sum(7), 2U);
}

TEST_F(OthersHoldingsTest, after_a_reconnection_everything_is_read_again) {
  others_.on_heartbeat(node_id(1), 1);
  full(1, 1, {{7, 2}});
  others_.on_connected();
  EXPECT_THAT(asked(0), SizeIs(1));
  EXPECT_EQ(sum(7), 2U) << "until then the old counts";
  full(1, 4, {{8, 1}});
  EXPECT_EQ(sum(7), 0U);
}

TEST_F(OthersHoldingsTest, parts_are_asked_for_as_soon_as_their_number_is_known) {
  others_.on_heartbeat(node_id(1), 1);
  EXPECT_THAT(asked(0), SizeIs(1));
  full(1, 1, {{1, 1}}, 0, 2);
  EXPECT_FALSE(others_.is_complete());
  EXPECT_THAT(asked(0), SizeIs(2));
  full(1, 1, {{0x8000000000000000, 1}}, 1, 2);
  EXPECT_TRUE(others_.is_complete());
  EXPECT_EQ(others_.rows(), 2U);
}

TEST_F(OthersHoldingsTest, strangers_and_nodes_that_are_not_there_change_nothing) {
  changes(1, 1, {{7, 1}});
  others_.on_heartbeat(node_id(1), 0);
  others_.on_message("1..{}");
  others_.on_message(seal_.close(Kind::places, "{}"));
  others_.on_message(seal_.close(Kind::user_rates, write_holdings({node_id(1), 1, false, 0, 1, {{7, 1}}})));
  others_.on_entry({keys_.holdings(Kind::places, node_id(2), 0),
                    seal_.close(Kind::places, write_holdings({node_id(1), 1, true, 0, 1, {{7, 1}}}))});
  EXPECT_EQ(sum(7), 0U);
  EXPECT_EQ(others_.faults().sum(), 4U);
}

TEST_F(OthersHoldingsTest, of_a_node_that_has_never_told_anything_nothing_is_read) {
  others_.on_heartbeat(node_id(1), 0);
  EXPECT_THAT(asked(0), IsEmpty());
  EXPECT_TRUE(others_.is_complete());
  changes(1, 1, {{7, 2}});
  EXPECT_EQ(sum(7), 2U);
  EXPECT_THAT(asked(1), IsEmpty()) << "it is the first one";
  others_.on_connected();
  EXPECT_THAT(asked(2), SizeIs(1));
}

TEST_F(OthersHoldingsTest, rows_are_bounded) {
  others_.on_heartbeat(node_id(1), 1);
  full(1, 1, {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}, {8, 1}});
  EXPECT_EQ(others_.rows(), 6U);
  EXPECT_EQ(others_.refused(), 2U);
}

TEST_F(OthersHoldingsTest, all_digests_of_a_name_count) {
  others_.on_heartbeat(node_id(1), 1);
  full(1, 1, {{1, 2}, {2, 3}});
  EXPECT_THAT(others_.held(std::vector<Who>{1, 2}),
              UnorderedElementsAre(::testing::Field(&OthersHoldings::Held::amount, 2U),
                                   ::testing::Field(&OthersHoldings::Held::amount, 3U)));
}

}  // namespace
}  // namespace turnpike::fleet
