// The chunked coding, as it arrives in whatever pieces.
#include "turnpike/http/chunks.hpp"

#include <gtest/gtest.h>

#include <string>

namespace turnpike::http {
namespace {

using namespace std::string_literals;

struct Read {
  std::string payload{};
  std::string rest{};  // behind the body
  bool is_done = false;
  bool is_malformed = false;
  bool operator==(const Read&) const = default;
  friend void PrintTo(const Read& read, std::ostream* out) {
    *out << '"' << read.payload << "\" + \"" << read.rest << '"' << (read.is_done ? " done" : "")
         << (read.is_malformed ? " malformed" : "");
  }
};

Read read_in_pieces(std::string sent, std::size_t size) {
  ChunkReader reader;
  Read read;
  for (std::size_t at = 0; at < sent.size() && !reader.is_done();) {
    const auto piece = reader.read(std::span(sent).subspan(at, std::min(size, sent.size() - at)));
    if (!piece) return {.payload = read.payload, .is_malformed = true};
    read.payload.append(piece->payload.begin(), piece->payload.end());
    at += piece->taken;
    if (reader.is_done()) read.rest = sent.substr(at);
  }
  read.is_done = reader.is_done();
  return read;
}

struct Case {
  const char* name;
  std::string sent;
  Read expected;
};
const Case kSound[] = {
    {"nothing", "0\r\n\r\n", {"", "", true}},
    {"chunks", "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET /", {"abc0123456789", "GET /", true}},
    {"zeros", "00003\r\nabc\r\n000\r\n\r\n", {"abc", "", true}},
    {"extensions", "3;a=\"b;\"\r\nabc\r\n0;last\r\n\r\n", {"abc", "", true}},
    {"trailers", "1\r\na\r\n0\r\nX: y\r\nContent-Length: 5\r\n\r\nb", {"a", "b", true}},
    {"line ends as data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", {"\r\n\r\n", "", true}},
    {"the rest is missing", "5\r\nabc", {"abc", "", false}},
    {"the last line is missing", "0\r\nX: y\r\n", {"", "", false}},
};
const Case kMalformed[] = {
    {"no size", "\r\nabc\r\n", {}},
    {"no hexadecimal", "g\r\n", {}},
    {"a sign", "-1\r\n", {}},
    {"a prefix", "0x3\r\n", {}},
    {"white space", "3 \r\n", {}},
    {"LF alone behind the size", "3\nabc\r\n", {}},
    {"CR alone behind the size", "3\rabc", {}},
    {"more data than was said", "3\r\nabcd\r\n", {.payload = "abc"}},
    {"LF alone behind the data", "3\r\nabc\n0\r\n\r\n", {.payload = "abc"}},
    {"16 digits", "0000000000000003\r\n", {}},
    {"LF alone in an extension", "3;a\n\r\nabc\r\n", {}},
    {"NUL in an extension", "3;a\0\r\nabc\r\n"s, {}},
    {"an endless extension", "3;" + std::string(4097, 'x'), {}},
    {"LF alone in a trailer", "0\r\nX: y\n\r\n", {}},
    {"a fold", "0\r\n X: y\r\n\r\n", {}},
    {"endless trailers", "0\r\n" + std::string(4000, 'x') + "\r\n" + std::string(97, 'x'), {}},
    {"LF alone at the end", "0\r\n\n", {}},
};

TEST(ChunkReader, takes_off_what_is_sound) {
  for (const Case& c : kSound) {
    for (std::size_t size = 1; size <= c.sent.size(); ++size) {
      EXPECT_EQ(read_in_pieces(c.sent, size), c.expected) << c.name << " by " << size;
    }
  }
}

TEST(ChunkReader, refuses_what_two_readers_may_take_for_different_things) {
  for (Case c : kMalformed) {
    c.expected.is_malformed = true;
    EXPECT_EQ(read_in_pieces(c.sent, 1), c.expected) << c.name;
    EXPECT_TRUE(read_in_pieces(c.sent, c.sent.size()).is_malformed) << c.name;
  }
}

TEST(ChunkReader, says_how_much_is_certain_to_follow) {
  ChunkReader reader;
  std::string sent = "ff\r\nabc";
  EXPECT_EQ(reader.chunk_rest(), 0U);
  const auto piece = reader.read(sent);
  ASSERT_TRUE(piece);
  EXPECT_EQ(piece->payload.data(), sent.data() + 4) << "one piece stays where it is";
  EXPECT_EQ(reader.chunk_rest(), 252U);
}

}  // namespace
}  // namespace turnpike::http
