// From the words of a command to bytes.
#include "turnpike/redis/command.hpp"

#include <gtest/gtest.h>

namespace turnpike::redis {
namespace {

TEST(Command, is_an_array_of_its_words_whatever_bytes_they_have) {
  const struct {
    Command command;
    std::string bytes;
  } cases[] = {
      {{"PING"}, "*1\r\n$4\r\nPING\r\n"},
      {{"SET", "a b", ""}, "*3\r\n$3\r\nSET\r\n$3\r\na b\r\n$0\r\n\r\n"},
      {{"GET", "x\r\nDEL y"}, "*2\r\n$3\r\nGET\r\n$8\r\nx\r\nDEL y\r\n"},
      {{"GET", std::string("\0%s", 3)}, std::string("*2\r\n$3\r\nGET\r\n$3\r\n\0%s\r\n", 22)},
  };
  for (const auto& c : cases) EXPECT_EQ(encode(c.command), c.bytes);
}

TEST(Command, is_bounded) {
  EXPECT_EQ(encode({}), std::nullopt);
  EXPECT_TRUE(encode({"SET", std::string(kCommandBytesMax - 3, 'x')}));
  EXPECT_EQ(encode({"SET", std::string(kCommandBytesMax - 2, 'x')}), std::nullopt);
  EXPECT_TRUE(encode(Command(kCommandWordsMax, "x")));
  EXPECT_EQ(encode(Command(kCommandWordsMax + 1, "x")), std::nullopt);
}

}  // namespace
}  // namespace turnpike::redis
