// Text for terminals: harmless, of a known width, and numbers as people read them.
#include "turnpike/console/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::console {
namespace {

using ::testing::ElementsAre;

TEST(ConsoleText, what_is_not_visible_is_escaped) {
  const struct {
    std::string text;
    std::string expected;
  } table[] = {
      {"alice", "alice"},
      {"a b", "a b"},
      {"Jos\xc3\xa9", "Jos\xc3\xa9"},
      {"\xe4\xb8\xad", "\xe4\xb8\xad"},
      {"\x1b[31mred", "\\u{1b}[31mred"},
      {"a\nb\r\t", "a\\u{a}b\\u{d}\\u{9}"},
      {std::string("\0", 1), "\\u{0}"},
      {"\x7f", "\\u{7f}"},
      {"\xc2\x9b"
       "2J",
       "\\u{9b}2J"},  // CSI in one character
      {"\xe2\x80\xae"
       "evil",
       "\\u{202e}evil"},              // right to left from here on
      {"\xe2\x80\x8b", "\\u{200b}"},  // takes no space
      {"\xe2\x80\xa8", "\\u{2028}"},
      {"\xff\xc3", "\\xff\\xc3"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(printable(text), expected);
}

TEST(ConsoleText, is_cut_by_columns_not_by_bytes) {
  EXPECT_EQ(width_of("Jos\xc3\xa9"), 4U);
  EXPECT_EQ(width_of("\xe4\xb8\xad\xe6\x96\x87"), 4U);
  EXPECT_EQ(cut_to("alice", 5), "alice");
  EXPECT_EQ(cut_to("alicea", 5), "ali..");
  EXPECT_EQ(cut_to("\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97", 5), "\xe4\xb8\xad..");
  EXPECT_EQ(cut_to("alice", 1), ".");
  EXPECT_EQ(cut_to("alice", 0), "");
}

TEST(ConsoleText, is_broken_between_words) {
  EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped("abcdefghij k", 5), ElementsAre("abcdefghij", "k"));
  EXPECT_THAT(wrapped("", 5), ElementsAre(""));
}

TEST(ConsoleText, numbers_are_short) {
  const std::pair<std::uint64_t, const char*> rates[] = {{0, "0 bit/s"},
                                                         {999, "999 bit/s"},
                                                         {1000, "1.00 kbit/s"},
                                                         {64'000, "64.0 kbit/s"},
                                                         {512'300, "512 kbit/s"},
                                                         {2'500'000, "2.50 Mbit/s"},
                                                         {9'999'999'999, "10.00 Gbit/s"}};
  for (const auto& [rate, expected] : rates) EXPECT_EQ(bits_text(rate), expected);
  EXPECT_EQ(bytes_text(1'200'000), "1.20 MB");
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1'234'567), "1,234,567");
  const std::pair<std::int64_t, const char*> durations[] = {
      {0, "0s"}, {59, "59s"}, {60, "1m"}, {130, "2m 10s"}, {7200, "2h"}, {7260, "2h 1m"}, {90'000, "1d 1h"}};
  for (const auto& [duration, expected] : durations) EXPECT_EQ(duration_text(duration), expected);
}

}  // namespace
}  // namespace turnpike::console
