// Commands in Redis' words, and its answers, whatever they are.
#include "turnpike/node/redis_words.hpp"

#include <gmock/gmock.h>

namespace turnpike::node {
namespace {

using redis::Outcome;
using redis::Reply;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

TEST(RedisWords, each_command_has_its_words) {
  const struct {
    fleet::Command command;
    std::vector<Words> words;
  } cases[] = {
      {fleet::Write{"k", "v\r\n", milliseconds(15000)}, {{"SET", "k", "v\r\n", "PX", "15000"}}},
      {fleet::Write{"k", "v", Duration(1)}, {{"SET", "k", "v", "PX", "1"}}},
      {fleet::Erase{"k"}, {{"DEL", "k"}}},
      {fleet::Publish{"c", "m"}, {{"PUBLISH", "c", "m"}}},
      {fleet::Read{{"a", "b"}}, {{"GET", "a"}, {"PTTL", "a"}, {"GET", "b"}, {"PTTL", "b"}}},
      {fleet::Scan{"a:", "7", 99}, {{"SCAN", "7", "MATCH", "a:*", "COUNT", "99"}}},
  };
  for (const auto& c : cases) EXPECT_EQ(words_of(c.command), c.words) << c.words.front().front();
}

TEST(RedisWords, what_is_one_s_own_is_decided_in_a_script) {
  const auto claim = words_of(fleet::Claim{1, "k", "t", milliseconds(10)}).at(0);
  EXPECT_EQ(Words(claim.begin() + 2, claim.end()), (Words{"1", "k", "t", "10"}));
  EXPECT_EQ(claim.front(), "EVAL");
  const auto renewal = words_of(fleet::Renew{1, "k", "t", milliseconds(10)}).at(0);
  const auto end = words_of(fleet::GiveUp{"k", "t"}).at(0);
  EXPECT_EQ(Words(renewal.begin() + 2, renewal.end()), (Words{"1", "k", "t", "10"}));
  EXPECT_EQ(Words(end.begin() + 2, end.end()), (Words{"1", "k", "t"}));
  EXPECT_EQ(renewal.front(), "EVAL");
  EXPECT_EQ(end.front(), "EVAL");
}

TEST(RedisWords, a_prefix_is_no_pattern) {
  EXPECT_EQ(pattern_of("turnpike:a_B2:word"), "turnpike:a_B2:word*");
  EXPECT_EQ(pattern_of("*?[a-b]^\\"), "\\*\\?\\[a\\-b\\]\\^\\\\*");
}

TEST(RedisWords, a_page_has_a_cursor_and_keys_of_the_prefix) {
  const auto keys = Reply::array({Reply::string("a:2"), Reply::string("a:1"), Reply::string("a:2"),
                                  Reply::string("b:1"), Reply::integer(1), Reply::nil()});
  const auto page = page_of(Reply::array({Reply::string("17"), keys}), "a:");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next_cursor, "17");
  EXPECT_THAT(page->keys, ElementsAre("a:1", "a:2"));
  const Reply none[] = {Reply::nil(),
                        Reply::status("OK"),
                        Reply::array({}),
                        Reply::array({Reply::string("0")}),
                        Reply::array({Reply::integer(0), keys}),
                        Reply::array({Reply::string("0"), Reply::string("a:1")}),
                        Reply::array({Reply::string("0"), keys, keys})};
  for (const Reply& reply : none) EXPECT_FALSE(page_of(reply, "a:"));
}

TEST(RedisWords, an_entry_is_a_text_and_what_is_left_of_its_life) {
  const Words keys{"ends", "stays", "gone", "ending", "list", "error", "odd", "long"};
  const Outcome outcomes[] = {
      Reply::string("a"), Reply::integer(1500), Reply::string("b"),   Reply::integer(-1),
      Reply::nil(),       Reply::integer(-2),   Reply::string("c"),   Reply::integer(-2),
      Reply::array({}),   Reply::integer(5),    Outcome("WRONGTYPE"), Reply::integer(5),
      Reply::string("d"), Outcome("ERR"),       Reply::string("e"),   Reply::integer(INT64_MAX)};
  const auto entries = entries_of(keys, outcomes);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0], (fleet::Entry{"ends", "a", milliseconds(1500)}));
  EXPECT_EQ(entries[1], (fleet::Entry{"stays", "b"}));
  EXPECT_EQ(entries[2].key, "long");
  EXPECT_GT(*entries[2].life, std::chrono::hours(24 * 365));
  EXPECT_THAT(entries_of(keys, std::span(outcomes).first(1)), IsEmpty());
}

TEST(RedisWords, only_a_clear_answer_says_that_it_is_done) {
  for (const Outcome& yes : {Outcome(Reply::status("OK")), Outcome(Reply::integer(1))})
    EXPECT_TRUE(is_done(yes));
  for (const Outcome& no : {Outcome(Reply::nil()), Outcome(Reply::integer(0)), Outcome(Reply::string("OK")),
                            Outcome("OOM command not allowed")})
    EXPECT_FALSE(is_done(no));
}

}  // namespace
}  // namespace turnpike::node
