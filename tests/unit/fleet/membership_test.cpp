// Who is there, by the arrival of heartbeats alone.
#include "turnpike/fleet/membership.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using std::chrono::seconds;
using test::node;
using test::node_id;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TimePoint at(std::int64_t s) { return TimePoint(seconds(100 + s)); }

class MembershipTest : public ::testing::Test {
 protected:
  bool hear(unsigned number, std::uint64_t seq, std::int64_t s) {
    return membership_.on_record(node(number, "", 0, seq), at(s), at(s));
  }
  std::vector<std::string> live(std::int64_t s) {
    membership_.expire(at(s));
    std::vector<std::string> ids;
    for (const NodeRecord* record : membership_.live()) ids.push_back(record->id);
    return ids;
  }

  Membership membership_{node_id(1), 3};
};

TEST_F(MembershipTest, who_is_heard_of_lives_for_15_seconds) {
  EXPECT_TRUE(hear(2, 1, 0));
  EXPECT_THAT(live(14), ElementsAre(node_id(2)));
  EXPECT_TRUE(hear(2, 2, 14));
  EXPECT_THAT(live(28), ElementsAre(node_id(2)));
  EXPECT_THAT(live(29), IsEmpty());
  EXPECT_THAT(membership_.take_passings(),
              ElementsAre(Passing{node_id(2), Passage::came}, Passing{node_id(2), Passage::lost}));
}

TEST_F(MembershipTest, who_was_heard_since_is_some_of_the_live) {
  hear(2, 1, 0), hear(3, 1, 5);
  EXPECT_THAT(membership_.heard_since(at(0)), testing::SizeIs(2));
  ASSERT_THAT(membership_.heard_since(at(1)), testing::SizeIs(1));
  EXPECT_EQ(membership_.heard_since(at(1))[0]->id, node_id(3));
  EXPECT_THAT(live(15), ElementsAre(node_id(3)));
  EXPECT_THAT(membership_.heard_since(at(0)), testing::SizeIs(1)) << "who is gone is not among them";
}

TEST_F(MembershipTest, the_same_or_an_older_heartbeat_is_no_news_and_keeps_nobody_alive) {
  hear(2, 5, 0);
  EXPECT_FALSE(hear(2, 5, 10));
  EXPECT_FALSE(hear(2, 4, 10));
  EXPECT_THAT(live(15), IsEmpty());
  EXPECT_FALSE(hear(2, 5, 16));
  EXPECT_THAT(live(16), IsEmpty());
  EXPECT_TRUE(hear(2, 6, 17));
  EXPECT_THAT(live(17), ElementsAre(node_id(2)));
}

TEST_F(MembershipTest, a_key_that_is_nearly_over_is_as_old_as_it_is) {
  EXPECT_TRUE(membership_.on_record(node(2), at(-10), at(0)));
  EXPECT_THAT(live(4), ElementsAre(node_id(2)));
  EXPECT_THAT(live(5), IsEmpty());
  EXPECT_TRUE(membership_.on_record(node(3), at(-15), at(0)));
  EXPECT_THAT(live(0), IsEmpty());
}

TEST_F(MembershipTest, the_clocks_of_others_count_for_nothing) {
  NodeRecord record = node(2);
  record.unix_s = 4'000'000'000;
  membership_.on_record(record, at(500), at(0));  // not later than now, whatever was said
  EXPECT_THAT(live(15), IsEmpty());
}

TEST_F(MembershipTest, who_says_goodbye_is_gone_at_once_and_stays_so) {
  hear(2, 1, 0);
  NodeRecord last = node(2, "", 0, 2);
  last.is_leaving = true;
  EXPECT_TRUE(membership_.on_record(last, at(1), at(1)));
  EXPECT_THAT(live(1), IsEmpty());
  EXPECT_FALSE(hear(2, 1, 2));
  EXPECT_THAT(live(2), IsEmpty());
  EXPECT_EQ(membership_.take_passings().back(), (Passing{node_id(2), Passage::left}));
}

TEST_F(MembershipTest, this_node_is_not_one_of_the_others) {
  EXPECT_FALSE(hear(1, 9, 0));
  EXPECT_THAT(live(0), IsEmpty());
}

TEST_F(MembershipTest, the_bound_refuses_whoever_comes_while_all_are_live_and_forgets_the_gone) {
  for (unsigned number : {2U, 3U, 4U}) hear(number, 1, number);
  EXPECT_FALSE(hear(5, 1, 5));
  EXPECT_EQ(membership_.refused(), 1U);
  EXPECT_THAT(live(17), ElementsAre(node_id(3), node_id(4)));
  EXPECT_TRUE(hear(5, 1, 17));
  EXPECT_EQ(membership_.size(), 3U);
  EXPECT_THAT(live(17), ElementsAre(node_id(3), node_id(4), node_id(5)));
}

}  // namespace
}  // namespace turnpike::fleet
