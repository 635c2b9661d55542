// Bars of the whole fleet: what is said, heard, read again and put back.
#include "turnpike/fleet/shared_bars.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::node_id;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kLiveKit = Authority::livekit;
constexpr auto kOperators = Authority::operators;

Now at(double s, UnixSeconds ahead_s = 0) {
  return {TimePoint(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1000 + s))),
          1'750'000'000 + static_cast<UnixSeconds>(s) + ahead_s};
}

template <class Kind>
std::vector<Kind> only(const Commands& commands) {
  std::vector<Kind> found;
  for (const Command& each : commands) {
    if (const auto* command = std::get_if<Kind>(&each)) found.push_back(*command);
  }
  return found;
}

struct Node {
  explicit Node(unsigned number, const Seal& seal = Seal("secret"), const SharedBarsOptions& options = {})
      : random(number), keys("t:", seal), bars(keys, seal, node_id(number), random, options) {}

  // Connected to a Redis that has these entries.
  void connect(const Now& now, const std::vector<Entry>& entries = {}) {
    bars.on_connected(now);
    for (const Scan& scan : only<Scan>(bars.take_commands())) {
      std::vector<Entry> page;
      for (const Entry& entry : entries) {
        if (entry.key.starts_with(scan.prefix)) page.push_back(entry);
      }
      bars.on_names(scan, "0", now);
      bars.on_page(page, true, now);
    }
  }
  void hear(const Commands& commands, const Now& now) {
    for (const Publish& each : only<Publish>(commands)) bars.on_message(each.channel, each.message, now);
  }
  std::vector<Write> writes_by(double s) {
    bars.tick(at(s));
    return only<Write>(bars.take_commands());
  }

  SeededRandom random;
  Keys keys;
  SharedBars bars;
};

Entry entry_of(const Commands& commands, Duration life = hours(1)) {
  const Write write = only<Write>(commands).at(0);
  return {write.key, write.value, life};
}

TEST(SharedBars, a_bar_is_a_key_with_an_expiry_and_a_message) {
  Node node(1);
  node.connect(at(0));
  ASSERT_TRUE(node.bars.bar(kLiveKit, "alice", hours(24), {}, at(1)));
  const Commands commands = node.bars.take_commands();
  ASSERT_THAT(commands, SizeIs(2));
  const Write& write = std::get<Write>(commands[0]);
  EXPECT_EQ(write.life, hours(24));
  EXPECT_EQ(std::get<Publish>(commands[1]), (Publish{node.keys.channel(Kind::word), write.value}));
  EXPECT_THAT(node.bars.take_verdicts(), IsEmpty()) << "its own ledger knows";
}

TEST(SharedBars, what_another_says_is_a_verdict_with_what_is_left_of_its_life) {
  Node one(1), two(2);
  one.connect(at(0)), two.connect(at(0));
  ASSERT_TRUE(one.bars.bar(kLiveKit, "alice", hours(1), {}, at(1)));
  const Commands said = one.bars.take_commands();
  two.hear(said, at(2, -30));
  EXPECT_THAT(two.bars.take_verdicts(), ElementsAre(Verdict{kLiveKit, "alice", at(2).monotonic + hours(1)}));
  Node late(3);
  late.connect(at(1800), {entry_of(said, seconds(1800))});
  EXPECT_THAT(late.bars.take_verdicts(),
              ElementsAre(Verdict{kLiveKit, "alice", at(1800).monotonic + seconds(1800)}));
}

TEST(SharedBars, twice_or_by_message_and_key_is_once) {
  Node one(1), two(2);
  one.connect(at(0)), two.connect(at(0));
  ASSERT_TRUE(one.bars.bar(kLiveKit, "alice", hours(1), 5000, at(1)));
  const Commands said = one.bars.take_commands();
  EXPECT_TRUE(one.bars.bar(kLiveKit, "alice", hours(1), 5000, at(1)));
  two.hear(said, at(1)), two.hear(said, at(2));
  two.connect(at(3), {entry_of(said)});
  EXPECT_THAT(two.bars.take_verdicts(), SizeIs(1));
}

TEST(SharedBars, every_order_of_the_same_words_has_the_same_end) {
  Node writer(1), another(2);
  writer.connect(at(0)), another.connect(at(0));
  std::vector<Commands> words;
  const auto take = [&](Node& node) { words.push_back(node.bars.take_commands()); };
  ASSERT_TRUE(writer.bars.bar(kLiveKit, "alice", hours(1), 1000, at(1)));
  take(writer);
  ASSERT_TRUE(another.bars.bar(kLiveKit, "alice", hours(2), 1000, at(1)));
  take(another);
  ASSERT_TRUE(writer.bars.lift(kLiveKit, "alice", 2000, at(2)));
  take(writer);
  ASSERT_TRUE(another.bars.bar(kLiveKit, "alice", hours(3), 3000, at(3)));
  take(another);
  ASSERT_TRUE(writer.bars.lift(kLiveKit, "alice", 3000, at(3)));  // of the same second, the worse counts
  take(writer);
  std::vector<std::size_t> order{0, 1, 2, 3, 4};
  do {
    Node reader(3);
    reader.connect(at(4));
    for (const std::size_t i : order) reader.hear(words[i], at(4));
    EXPECT_EQ(reader.bars.barred_until(kLiveKit, "alice", at(4).monotonic), at(4).monotonic + hours(3));
    EXPECT_EQ(reader.bars.take_verdicts().back().until, at(4).monotonic + hours(3));
  } while (std::ranges::next_permutation(order).found);
}

TEST(SharedBars, a_lift_that_overtakes_its_bar_stays) {
  Node one(1), two(2), reader(3);
  one.connect(at(0)), two.connect(at(0)), reader.connect(at(0));
  ASSERT_TRUE(one.bars.bar(kOperators, "alice", hours(1), {}, at(1, 30)));
  const Commands bar = one.bars.take_commands();
  two.hear(bar, at(1));
  ASSERT_TRUE(two.bars.lift(kOperators, "alice", {}, at(2, -30))) << "whatever its clock says, it is later";
  const Commands lift = two.bars.take_commands();
  reader.hear(lift, at(2));
  reader.hear(bar, at(3));
  EXPECT_FALSE(reader.bars.barred_until(kOperators, "alice", at(3).monotonic));
}

TEST(SharedBars, an_old_event_of_livekit_changes_nothing) {
  Node one(1), two(2);
  one.connect(at(0)), two.connect(at(0));
  ASSERT_TRUE(one.bars.lift(kLiveKit, "alice", 2000, at(1)));
  two.hear(one.bars.take_commands(), at(1));
  EXPECT_FALSE(two.bars.bar(kLiveKit, "alice", hours(1), 1000, at(2)));
  EXPECT_THAT(two.bars.take_commands(), IsEmpty());
}

TEST(SharedBars, an_own_word_after_what_was_heard_is_the_one_that_counts) {
  Node one(1), two(2);
  one.connect(at(0)), two.connect(at(0));
  ASSERT_TRUE(one.bars.bar(kOperators, "alice", hours(1), {}, at(1)));
  two.hear(one.bars.take_commands(), at(1));
  ASSERT_TRUE(two.bars.lift(kOperators, "alice", {}, at(1)));
  EXPECT_THAT(two.bars.take_verdicts(), ElementsAre(Verdict{kOperators, "alice", std::nullopt}));
}

TEST(SharedBars, authorities_do_not_lift_what_the_other_has_barred) {
  Node one(1);
  one.connect(at(0));
  ASSERT_TRUE(one.bars.bar(kOperators, "alice", hours(1), {}, at(1)));
  ASSERT_TRUE(one.bars.lift(kLiveKit, "alice", {}, at(2)));
  EXPECT_TRUE(one.bars.barred_until(kOperators, "alice", at(3).monotonic));
}

TEST(SharedBars, what_was_said_while_redis_was_away_is_heard_at_once_and_written_after_the_re_read) {
  Node node(1);
  ASSERT_TRUE(node.bars.bar(kLiveKit, "alice", hours(1), {}, at(0)));
  EXPECT_THAT(node.bars.take_commands(), IsEmpty());
  node.bars.on_connected(at(600));
  Commands first = node.bars.take_commands();
  EXPECT_THAT(only<Publish>(first), SizeIs(1));
  EXPECT_THAT(only<Write>(first), IsEmpty());
  const Scan scan = only<Scan>(first).at(0);
  node.bars.on_names(scan, "77", at(600));
  EXPECT_EQ(only<Scan>(node.bars.take_commands()).at(0), (Scan{scan.prefix, "77", 2 * scan.keys}));
  node.bars.on_names(scan, "0", at(600));
  node.bars.on_page({}, true, at(600));
  node.bars.on_page({}, false, at(600));
  EXPECT_FALSE(node.bars.is_caught_up());
  node.bars.on_page({}, true, at(600));
  EXPECT_TRUE(node.bars.is_caught_up());
  const auto writes = only<Write>(node.bars.take_commands());
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_EQ(writes[0].life, seconds(3000)) << "what is left of it";
}

TEST(SharedBars, what_was_said_just_before_the_connection_broke_is_said_again_first_unless_it_was_heard) {
  Node node(1);
  node.connect(at(0));
  ASSERT_TRUE(node.bars.bar(kLiveKit, "heard", hours(1), {}, at(1)));
  node.hear(node.bars.take_commands(), at(1));
  ASSERT_TRUE(node.bars.bar(kLiveKit, "lost", hours(1), {}, at(1)));
  EXPECT_THAT(only<Write>(node.bars.take_commands()), SizeIs(1));
  node.bars.on_disconnected();
  node.bars.on_connected(at(2));
  const auto said = only<Publish>(node.bars.take_commands());
  ASSERT_THAT(said, SizeIs(1));
  Node other(2);
  other.connect(at(2));
  other.bars.on_message(said[0].channel, said[0].message, at(2));
  EXPECT_TRUE(other.bars.barred_until(kLiveKit, "lost", at(2).monotonic));
}

TEST(SharedBars, that_its_own_publication_comes_back_does_not_mean_that_it_was_written) {
  Node node(1);
  ASSERT_TRUE(node.bars.bar(kLiveKit, "alice", hours(1), {}, at(0)));
  node.bars.on_connected(at(1));
  const Commands first = node.bars.take_commands();
  node.hear(first, at(1));
  node.bars.on_names(only<Scan>(first).at(0), "0", at(1));
  node.bars.on_page({}, true, at(1));
  EXPECT_THAT(only<Write>(node.bars.take_commands()), SizeIs(1));
}

TEST(SharedBars, something_later_in_redis_is_not_overwritten) {
  Node cut_off(1), other(2);
  ASSERT_TRUE(cut_off.bars.bar(kLiveKit, "alice", hours(1), 1000, at(0)));
  other.connect(at(0));
  ASSERT_TRUE(other.bars.lift(kLiveKit, "alice", 2000, at(1)));
  cut_off.connect(at(2), {entry_of(other.bars.take_commands())});
  EXPECT_THAT(cut_off.writes_by(60), IsEmpty());
  EXPECT_THAT(cut_off.bars.take_verdicts(), ElementsAre(Verdict{kLiveKit, "alice", std::nullopt}));
}

TEST(SharedBars, when_redis_has_begun_anew_one_node_puts_back_what_all_know) {
  Node one(1), two(2), three(3);
  one.connect(at(0)), two.connect(at(0)), three.connect(at(0));
  ASSERT_TRUE(one.bars.bar(kLiveKit, "alice", hours(1), {}, at(1)));
  const Commands said = one.bars.take_commands();
  two.hear(said, at(1)), three.hear(said, at(1));
  two.bars.on_disconnected(), three.bars.on_disconnected();  // and one is no more
  two.connect(at(2)), three.connect(at(2));
  EXPECT_THAT(two.writes_by(2.05), IsEmpty()) << "it waits for somebody else";
  std::size_t writes = 0;
  for (double s = 2.1; s < 5; s += 0.1) {
    for (auto [node, other] : {std::pair(&two, &three), {&three, &two}}) {
      node->bars.tick(at(s));
      const Commands commands = node->bars.take_commands();
      writes += only<Write>(commands).size();
      other->hear(commands, at(s));
    }
  }
  EXPECT_EQ(writes, 1U);
}

TEST(SharedBars, an_older_word_that_took_the_place_of_a_later_one_is_put_right) {
  Node one(1), two(2);
  two.connect(at(0));
  ASSERT_TRUE(two.bars.lift(kLiveKit, "alice", 2000, at(1)));
  two.bars.take_commands();
  one.connect(at(0));
  ASSERT_TRUE(one.bars.bar(kLiveKit, "alice", hours(1), 1000, at(1)));
  two.hear(one.bars.take_commands(), at(1));
  EXPECT_THAT(two.writes_by(1.05), IsEmpty());
  const auto writes = two.writes_by(1.2);
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_THAT(two.writes_by(60), IsEmpty());
}

TEST(SharedBars, what_redis_refuses_is_tried_again) {
  Node node(1);
  node.connect(at(0));
  ASSERT_TRUE(node.bars.bar(kLiveKit, "alice", hours(1), {}, at(0)));
  const Write write = only<Write>(node.bars.take_commands()).at(0);
  node.bars.on_refused(write.key, at(0));
  EXPECT_THAT(node.writes_by(0.5), IsEmpty());
  EXPECT_THAT(node.writes_by(4), SizeIs(1));
  node.bars.on_refused("of nobody", at(4));
}

TEST(SharedBars, bad_records_cost_themselves_alone) {
  Node node(1), stranger(2, Seal("")), other(3, Seal("other"));
  stranger.connect(at(0)), other.connect(at(0));
  ASSERT_TRUE(stranger.bars.bar(kLiveKit, "alice", hours(1), {}, at(0)));
  ASSERT_TRUE(other.bars.bar(kLiveKit, "bob", hours(1), {}, at(0)));
  const Entry open = entry_of(stranger.bars.take_commands()), foreign = entry_of(other.bars.take_commands());
  Node friendly(4);
  friendly.connect(at(0));
  ASSERT_TRUE(friendly.bars.bar(kLiveKit, "carol", hours(1), {}, at(0)));
  const Entry good = entry_of(friendly.bars.take_commands());
  const std::string prefix = node.keys.prefixes(Kind::word)[0];
  node.connect(at(1), {{prefix + "1", open.value},
                       {prefix + "2", foreign.value},
                       {prefix + "3", ""},
                       {prefix + "4", std::string(100000, 'x')},
                       {prefix + "5", good.value},
                       good});
  EXPECT_THAT(node.bars.take_verdicts(), ElementsAre(Verdict{kLiveKit, "carol", at(1).monotonic + hours(1)}));
  EXPECT_EQ(node.bars.faults().sum(), 5U);
  EXPECT_EQ(node.bars.faults().of(RecordFault::misplaced), 1U);
}

TEST(SharedBars, a_word_from_far_ahead_can_be_taken_back_and_puts_no_other_clock_forward) {
  Node one(1), two(2);
  one.connect(at(0)), two.connect(at(0));
  ASSERT_TRUE(one.bars.bar(kOperators, "alice", hours(1), kSaidMax - 5, at(0)));
  two.hear(one.bars.take_commands(), at(0));
  ASSERT_TRUE(two.bars.lift(kOperators, "alice", {}, at(1)));
  ASSERT_TRUE(two.bars.bar(kOperators, "bob", hours(1), {}, at(1)));
  one.hear(two.bars.take_commands(), at(1));
  EXPECT_FALSE(one.bars.barred_until(kOperators, "alice", at(1).monotonic));
  EXPECT_TRUE(one.bars.lift(kOperators, "bob", {}, at(2)));
}

TEST(SharedBars, words_are_bounded_and_the_one_that_would_end_first_makes_room) {
  Node node(1, Seal("secret"), {.words_max = 2});
  node.connect(at(0));
  ASSERT_TRUE(node.bars.bar(kLiveKit, "a", hours(3), {}, at(0)));
  ASSERT_TRUE(node.bars.bar(kLiveKit, "b", hours(1), {}, at(0)));
  ASSERT_TRUE(node.bars.bar(kLiveKit, "c", hours(2), {}, at(0)));
  EXPECT_EQ(node.bars.size(), 2U);
  EXPECT_FALSE(node.bars.barred_until(kLiveKit, "b", at(0).monotonic));
  node.bars.tick(at(7201));
  EXPECT_EQ(node.bars.size(), 1U);
}

TEST(SharedBars, a_scan_without_end_ends) {
  Node node(1, Seal("secret"), {.pages_max = 10});
  node.bars.on_connected(at(0));
  const Scan scan = only<Scan>(node.bars.take_commands()).at(0);
  for (int page = 0; page < 10; ++page) {
    EXPECT_FALSE(node.bars.is_caught_up());
    node.bars.on_names(scan, "1", at(0));
    node.bars.on_page({}, true, at(0));
  }
  EXPECT_TRUE(node.bars.is_caught_up());
  node.bars.on_names(scan, "1", at(0));
  node.bars.on_page({}, true, at(0));
  EXPECT_THAT(only<Scan>(node.bars.take_commands()), SizeIs(9));
}

TEST(SharedBars, while_secrets_change_words_of_both_are_heard_and_moved_to_the_new_one) {
  Node before(1, Seal("old", "new")), after(2, Seal("new", "old"));
  before.connect(at(0));
  ASSERT_TRUE(before.bars.bar(kLiveKit, "alice", hours(1), {}, at(0)));
  const Entry entry = entry_of(before.bars.take_commands());
  after.connect(at(1), {entry});
  EXPECT_THAT(after.bars.take_verdicts(), SizeIs(1));
  const auto writes = after.writes_by(60);
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_NE(writes[0].key, entry.key);
  Node last(3, Seal("new"));
  last.connect(at(60), {entry, {writes[0].key, writes[0].value, writes[0].life}});
  EXPECT_THAT(last.bars.take_verdicts(), SizeIs(1));
}

TEST(SharedBars, where_many_may_put_words_back_each_of_them_waits_the_longer) {
  Node few(1), many(2);
  many.bars.set_nodes(80);
  for (Node* node : {&few, &many}) {
    Node other(3);
    node->connect(at(0)), other.connect(at(0));
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(other.bars.bar(kLiveKit, "user" + std::to_string(i), hours(1), {}, at(0)));
    node->hear(other.bars.take_commands(), at(0));
    node->bars.on_disconnected();
    node->connect(at(10));
  }
  EXPECT_THAT(few.writes_by(12.2), SizeIs(100));
  const std::size_t early = many.writes_by(12.2).size();
  EXPECT_GT(early, 0U);
  EXPECT_LT(early, 30U);
  EXPECT_THAT(many.writes_by(30.2), SizeIs(100 - early));
}

// The node has another id by then, as with another secret.
TEST(SharedBars, takes_over_what_was_known_under_other_secrets) {
  Node before(1), after(2, Seal("new", "secret"));
  before.connect(at(0));
  ASSERT_TRUE(before.bars.bar(kLiveKit, "told", hours(1), {}, at(1)));
  before.bars.on_disconnected();
  ASSERT_TRUE(before.bars.bar(kOperators, "untold", hours(1), {}, at(2)));
  ASSERT_TRUE(before.bars.bar(kOperators, "over", seconds(1), {}, at(2)));
  after.bars.take_over(before.bars, at(4));
  EXPECT_EQ(after.bars.size(), 2U);
  EXPECT_TRUE(after.bars.barred_until(kLiveKit, "told", at(4).monotonic));
  EXPECT_TRUE(after.bars.barred_until(kOperators, "untold", at(4).monotonic));
  EXPECT_THAT(after.bars.take_verdicts(), IsEmpty());

  // What nobody has heard is published first, and both are written.
  after.bars.on_connected(at(5));
  const Commands commands = after.bars.take_commands();
  EXPECT_THAT(only<Publish>(commands), SizeIs(1));
  for (const Scan& scan : only<Scan>(commands)) {
    after.bars.on_names(scan, "0", at(5));
    after.bars.on_page({}, true, at(5));
  }
  std::vector<Write> writes = only<Write>(after.bars.take_commands());
  for (const Write& each : after.writes_by(9)) writes.push_back(each);
  EXPECT_THAT(writes, SizeIs(2));
}

}  // namespace
}  // namespace turnpike::fleet
