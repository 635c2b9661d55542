// Where replies end, and which are refused before a reader sees them.
#include "turnpike/redis/reply_scanner.hpp"

#include <gtest/gtest.h>

#include <string>

#include "heap_counter.hpp"

namespace turnpike::redis {
namespace {

// "12" where it ends, "more" or what is wrong; in pieces of that size.
std::string scan(std::string_view text, std::size_t piece, const ReplyLimits& limits = {}) {
  ReplyScanner scanner(limits);
  std::size_t at = 0;
  while (at < text.size() && !scanner.is_done()) {
    const auto size = scanner.scan(text.substr(at, piece));
    if (!size) return std::string(words(size.error()));
    at += *size;
  }
  return scanner.is_done() ? std::to_string(at) : "more";
}

TEST(ReplyScanner, finds_the_end_of_a_reply_in_pieces_of_any_size) {
  const struct {
    std::string text;
    const char* outcome;
  } cases[] = {
      {"", "more"},
      {"+OK\r\n+NEXT\r\n", "5"},
      {"+\r\n", "3"},
      {"-ERR no\r\n", "9"},
      {":-9223372036854775808\r\n", "23"},
      {":1\r", "more"},
      {"$5\r\nab\r\nc\r\n", "11"},
      {"$0\r\n\r\n", "6"},
      {"$-1\r\nx", "5"},
      {"$3\r\nab", "more"},
      {"*0\r\n", "4"},
      {"*-1\r\n", "5"},
      {"*2\r\n:1\r\n:2\r\n:3\r\n", "12"},
      {"*2\r\n*1\r\n$1\r\na\r\n*0\r\nrest", "19"},
      {"*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "20"},
      {"*3\r\n*1\r\n:1\r\n", "more"},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {1, 2, 3, 7, 1000}) EXPECT_EQ(scan(c.text, piece), c.outcome) << c.text;
  }
}

TEST(ReplyScanner, what_is_no_reply_is_refused_as_soon_as_that_shows) {
  const struct {
    std::string text;
    const char* outcome;
  } cases[] = {
      {"H", "it is malformed"},  // of HTTP
      {"\r\n", "it is malformed"},
      {"\n", "it is malformed"},
      {"+a\n", "it is malformed"},
      {"+a\rb", "it is malformed"},
      {"+a\r\r\n", "it is malformed"},
      {":\r\n", "it is malformed"},
      {":1a\r\n", "it is malformed"},
      {":+1\r\n", "it is malformed"},
      {": 1\r\n", "it is malformed"},
      {":9223372036854775808\r\n", "it is malformed"},
      {":0000000000000000000000001", "it is malformed"},  // and no end of it
      {"$\r\n", "it is malformed"},
      {"$-2\r\n", "it is malformed"},
      {"$1\r\nab", "it is malformed"},
      {"$1\r\na\rx", "it is malformed"},
      {"*-2\r\n", "it is malformed"},
      {"*1.5\r\n", "it is malformed"},
      {"*1\r\n%", "it is malformed"},  // of RESP3, as all of these
      {"%1\r\n", "it is malformed"},
      {"~1\r\n", "it is malformed"},
      {">1\r\n", "it is malformed"},
      {"_\r\n", "it is malformed"},
      {",1\r\n", "it is malformed"},
      {"#t\r\n", "it is malformed"},
      {"$?\r\n", "it is malformed"},
      {"$999999999\r\n", "it is too large"},
      {"$9223372036854775807\r\n", "it is too large"},
      {"*1000000000\r\n", "it has too many elements"},
      {"*9223372036854775807\r\n", "it has too many elements"},
      {"*1\r\n*1\r\n*1\r\n*1\r\n*0\r\n", "its arrays are too deep"},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {1, 3, 1000}) EXPECT_EQ(scan(c.text, piece), c.outcome) << c.text;
  }
}

TEST(ReplyScanner, has_limits_of_which_each_is_reached_and_not_crossed) {
  const ReplyLimits limits{.bytes_max = 40, .line_bytes_max = 10, .elements_max = 5};
  const struct {
    std::string text;
    const char* outcome;
  } cases[] = {
      {"+123456789\r\n", "12"},
      {"+1234567890", "it is too large"},
      {"$33\r\n" + std::string(33, 'x') + "\r\n", "40"},
      {"$34\r\n", "it is too large"},
      {"*2\r\n$23\r\n" + std::string(23, 'x') + "\r\n:1\r\n", "38"},
      {"*2\r\n$25\r\n" + std::string(25, 'x') + "\r\n:1\r\n", "40"},
      {"*2\r\n$26\r\n" + std::string(26, 'x') + "\r\n:1\r\n", "it is too large"},
      {"*2\r\n$30\r\n", "it is too large"},
      {"*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n", "24"},
      {"*6\r\n", "it has too many elements"},
      {"*2\r\n*3\r\n:1\r\n:1\r\n:1\r\n*0\r\n", "24"},
      {"*2\r\n*4\r\n", "it has too many elements"},
      {"*4\r\n*1\r\n*0\r\n*1\r\n", "it has too many elements"},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {1, 1000}) EXPECT_EQ(scan(c.text, piece, limits), c.outcome) << c.text;
  }
}

TEST(ReplyScanner, begins_anew_after_each_reply) {
  ReplyScanner scanner({.bytes_max = 12, .elements_max = 2});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(*scanner.scan("*2\r\n:1\r\n:2\r\n"), 12U);
    EXPECT_TRUE(scanner.is_done());
  }
  EXPECT_EQ(*scanner.scan("+O"), 2U);
  EXPECT_FALSE(scanner.is_done());
}

TEST(ReplyScanner, allocates_nothing_for_what_is_only_announced) {
  const std::uint64_t before = test::heap_uses();
  ReplyScanner scanner;
  EXPECT_TRUE(scanner.scan("*8192\r\n$1048000\r\n"));
  EXPECT_EQ(test::heap_uses(), before);
}

}  // namespace
}  // namespace turnpike::redis
