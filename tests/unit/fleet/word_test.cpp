// Words about users: which one counts, and what is read of them.
#include "turnpike/fleet/word.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::node_id;

const Word kBar{"alice", Authority::livekit, true, hours(1), 1000, node_id(1)};

TEST(Word, what_is_written_is_read_back_whatever_the_name) {
  for (const std::string user : {"alice", "\xFF\x00\r\n*", "日本"}) {
    for (const Authority authority : {Authority::livekit, Authority::operators}) {
      const Word word{user, authority, authority == Authority::livekit, milliseconds(1500), 7, node_id(2)};
      const auto read = read_word(write_word(word));
      ASSERT_TRUE(read);
      EXPECT_EQ(*read, word);
    }
  }
}

TEST(Word, the_later_counts_then_the_worse_then_either_but_the_same_everywhere) {
  Word later = kBar, lift = kBar, of_another = kBar;
  later.said = 1001;
  lift.is_bar = false;
  of_another.node_id = node_id(2);
  EXPECT_TRUE(is_later(later, kBar));
  EXPECT_TRUE(is_later(kBar, lift));
  EXPECT_TRUE(is_later(of_another, kBar));
  EXPECT_FALSE(is_later(kBar, of_another));
  EXPECT_FALSE(is_later(kBar, kBar));
}

TEST(Word, members_that_do_not_fit_are_refused) {
  const struct {
    const char *member, *value;
  } kCases[] = {
      {"user", R"("")"},   {"user", R"("a")"},
      {"user", "1"},       {"authority", R"("me")"},
      {"bar", R"("yes")"}, {"life_ms", "0"},
      {"life_ms", "-1"},   {"life_ms", "34560000001"},
      {"said", "1e3"},     {"said", "4503599627370497"},
      {"node", R"("n1")"}, {"node", "null"},
  };
  for (const auto& [member, value] : kCases) {
    auto object = boost::json::parse(write_word(kBar)).as_object();
    object[member] = boost::json::parse(value);
    EXPECT_FALSE(read_word(boost::json::serialize(object))) << member << " " << value;
  }
  EXPECT_EQ(read_word(std::string(3000, ' ')).error(), RecordFault::too_long);
  EXPECT_EQ(read_word("{}").error(), RecordFault::malformed);
}

TEST(Word, a_life_is_bounded_when_it_is_written) {
  Word word = kBar;
  word.life = hours(24 * 1000);
  EXPECT_EQ(read_word(write_word(word))->life, kWordLifeMax);
  word.life = Duration{};
  EXPECT_EQ(read_word(write_word(word))->life, milliseconds(1));
}

}  // namespace
}  // namespace turnpike::fleet
