// From bytes to replies.
#include "turnpike/redis/reader.hpp"

#include <gtest/gtest.h>

namespace turnpike::redis {
namespace {

// All of it, in pieces of that size, up to the first fault.
std::vector<Reply> read_all(std::string_view text, std::size_t piece) {
  Reader reader;
  std::vector<Reply> replies;
  while (!text.empty()) {
    std::string_view now = text.substr(0, piece);
    text.remove_prefix(now.size());
    while (!now.empty()) {
      auto reply = reader.read(now);
      if (!reply) return replies.push_back(Reply::error(std::string(words(reply.error())))), replies;
      if (*reply) replies.push_back(std::move(**reply));
    }
  }
  return replies;
}

TEST(Reader, gives_each_reply_as_a_value_whatever_the_pieces_are) {
  const struct {
    std::string text;
    std::vector<Reply> replies;
  } cases[] = {
      {"", {}},
      {"+OK\r\n-ERR no\r\n", {Reply::status("OK"), Reply::error("ERR no")}},
      {":-3\r\n$-1\r\n*-1\r\n", {Reply::integer(-3), Reply::nil(), Reply::nil()}},
      {"$0\r\n\r\n$4\r\na\r\nb\r\n", {Reply::string(""), Reply::string("a\r\nb")}},
      {std::string("$3\r\na\0b\r\n", 9), {Reply::string(std::string("a\0b", 3))}},
      {"*0\r\n*2\r\n:1\r\n*2\r\n$-1\r\n$1\r\nx\r\n:7\r\n",
       {Reply::array({}), Reply::array({Reply::integer(1), Reply::array({Reply::nil(), Reply::string("x")})}),
        Reply::integer(7)}},
      {"*1\r\n*1\r\n*1\r\n*1\r\n+deep\r\n",
       {Reply::array({Reply::array({Reply::array({Reply::array({Reply::status("deep")})})})})}},
      {"+OK\r\n*2\r\n:1\r\n", {Reply::status("OK")}},  // more is to come
      {"+OK\r\n$1000000000\r\n+OK\r\n", {Reply::status("OK"), Reply::error("it is too large")}},
      {"HTTP/1.1 400 Bad Request\r\n", {Reply::error("it is malformed")}},
      {":007\r\n", {Reply::error("it is malformed")}},  // which hiredis says
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {1, 2, 5, 1000}) EXPECT_EQ(read_all(c.text, piece), c.replies) << c.text;
  }
}

TEST(Reader, stays_with_its_first_fault) {
  Reader reader;
  std::string_view bad = "!";
  EXPECT_EQ(reader.read(bad).error(), ReplyFault::malformed);
  std::string_view good = "+OK\r\n";
  EXPECT_EQ(reader.read(good).error(), ReplyFault::malformed);
}

TEST(Reader, takes_a_reply_as_large_as_allowed_and_as_many_as_come) {
  const std::string large = "$1048564\r\n" + std::string(1048564, 'x') + "\r\n";
  std::string many = "*8192\r\n";
  for (int i = 0; i < 8192; ++i) many += "$1\r\n" + std::string(1, static_cast<char>(i)) + "\r\n";
  Reader reader;
  for (int round = 0; round < 3; ++round) {
    std::string_view bytes = large;
    while (bytes.size() > 1) {
      std::string_view piece = bytes.substr(0, std::min<std::size_t>(16384, bytes.size() - 1));
      bytes.remove_prefix(piece.size());
      EXPECT_EQ(*reader.read(piece), std::nullopt);
    }
    EXPECT_EQ((*reader.read(bytes))->text.size(), 1048564U);
    bytes = many;
    EXPECT_EQ((*reader.read(bytes))->elements.size(), 8192U);
  }
}

}  // namespace
}  // namespace turnpike::redis
