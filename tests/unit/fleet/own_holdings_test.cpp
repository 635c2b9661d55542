// What a node tells of what it holds, and when.
#include "turnpike/fleet/own_holdings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using std::chrono::milliseconds;
using test::node_id;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TimePoint at(int ms) { return TimePoint(milliseconds(100'000 + ms)); }

class OwnHoldingsTest : public ::testing::Test {
 protected:
  std::vector<HoldingsRecord> told(int ms, std::size_t nodes = 2) {
    own_.tick(nodes, at(ms));
    std::vector<HoldingsRecord> records;
    for (const Command& each : own_.take_commands()) {
      const auto* publish = std::get_if<Publish>(&each);
      const std::string& text = publish ? publish->message : std::get<Write>(each).value;
      records.push_back(*read_holdings(*seal_.open(Kind::places, text)));
    }
    return records;
  }

  Seal seal_{"secret"};
  Keys keys_{"t:", seal_};
  OwnHoldings own_{Kind::places, keys_, seal_, node_id(1), 9000};
};

TEST_F(OwnHoldingsTest, nothing_is_told_while_redis_is_away_and_all_of_it_afterwards) {
  own_.set(1, 5);
  EXPECT_THAT(told(0), IsEmpty());
  own_.on_connected(at(1000));
  const auto all = told(1000);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_TRUE(all[0].is_full);
  EXPECT_THAT(all[0].rows, UnorderedElementsAre(Row{1, 5}));
}

TEST_F(OwnHoldingsTest, what_has_changed_while_redis_was_away_is_told_as_ever) {
  own_.set(1, 5), own_.set(2, 6);
  own_.on_connected(at(0));
  told(0);
  const std::uint64_t before = own_.seq();
  own_.on_disconnected();
  own_.on_connected(at(500));
  EXPECT_THAT(told(500), SizeIs(1)) << "everything is written";
  EXPECT_EQ(own_.seq(), before) << "who has heard all of it has nothing to read";
  own_.on_disconnected();
  own_.set(1, 0), own_.set(3, 7);
  own_.on_connected(at(1000));
  const auto all = told(1000);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].seq, before);
  EXPECT_THAT(all[0].rows, UnorderedElementsAre(Row{2, 6}, Row{3, 7}));
  EXPECT_EQ(all[1].seq, before + 1);
  EXPECT_THAT(all[1].rows, UnorderedElementsAre(Row{1, 0}, Row{3, 7}));
}

TEST_F(OwnHoldingsTest, too_many_changes_while_redis_was_away_are_missed_by_all) {
  own_.set(1, 5);
  own_.on_connected(at(0));
  told(0);
  const std::uint64_t before = own_.seq();
  own_.on_disconnected();
  for (Who who = 2; who <= kRowsMax + 2; ++who) own_.set(who, 1), own_.set(who, 0);
  own_.on_connected(at(1000));
  const auto all = told(1000);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_TRUE(all[0].is_full);
  EXPECT_EQ(own_.seq(), before + 1);
}

TEST_F(OwnHoldingsTest, changes_are_told_together_ten_times_a_second_and_less_often_in_a_large_fleet) {
  own_.on_connected(at(0));
  told(0);
  own_.set(1, 1), own_.set(2, 2);
  EXPECT_THAT(told(0)[0].rows, UnorderedElementsAre(Row{1, 1}, Row{2, 2}));
  own_.set(1, 0);
  EXPECT_THAT(told(99), IsEmpty());
  EXPECT_THAT(told(100)[0].rows, UnorderedElementsAre(Row{1, 0}));
  own_.set(1, 1);
  EXPECT_THAT(told(2000, 1000), IsEmpty());
  EXPECT_THAT(told(2100, 1000), SizeIs(1));
  EXPECT_THAT(told(9000), IsEmpty());
}

TEST_F(OwnHoldingsTest, everything_is_written_every_ten_seconds_and_when_somebody_needs_it) {
  own_.set(9, 9);
  own_.on_connected(at(0));
  told(0);
  EXPECT_THAT(told(9999), IsEmpty());
  EXPECT_THAT(told(10'000), SizeIs(1));
  own_.want_full();
  EXPECT_THAT(told(12'000), IsEmpty()) << "nothing has changed since";
  own_.set(1, 1);
  told(12'100);
  own_.want_full();
  ASSERT_THAT(told(12'200), SizeIs(1));
  own_.set(1, 2);
  told(12'400);
  own_.want_full();
  EXPECT_THAT(told(12'500), IsEmpty()) << "once in a second";
}

TEST_F(OwnHoldingsTest, a_large_table_has_parts_and_changes_go_in_several_messages) {
  own_.set(0x9E3779B97F4A7C15, 1);
  own_.on_connected(at(0));
  told(0);
  for (Who who = 2; who <= 9001; ++who) own_.set(who * 0x9E3779B97F4A7C15, 1);
  EXPECT_EQ(own_.refused(), 1U);
  EXPECT_THAT(told(100)[0].rows, SizeIs(kRowsMax));
  EXPECT_THAT(told(200)[0].rows, SizeIs(8999 - kRowsMax));
  const auto all = told(10'000);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].rows.size() + all[1].rows.size(), 9000U);
}

TEST_F(OwnHoldingsTest, a_table_that_never_had_anything_is_not_written) {
  own_.on_connected(at(0));
  own_.want_full();
  EXPECT_THAT(told(20'000), IsEmpty());
  EXPECT_EQ(own_.seq(), 0U);
  own_.set(1, 1);
  const auto first = told(20'100);
  ASSERT_THAT(first, SizeIs(2));
  EXPECT_FALSE(first[0].is_full);
  EXPECT_TRUE(first[1].is_full);
  own_.set(1, 0);
  told(20'200);
  EXPECT_THAT(told(30'200), SizeIs(1)) << "it had something";
}

TEST_F(OwnHoldingsTest, keys_expire) {
  own_.set(1, 1);
  own_.on_connected(at(0));
  const Commands commands = own_.take_commands();
  EXPECT_EQ(std::get<Write>(commands.at(0)).life, std::chrono::seconds(30));
}

}  // namespace
}  // namespace turnpike::fleet
