// Each arrival is entered once and under the right name.
#include "load/books.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace turnpike::bench {
namespace {

FlowBook book_after(std::uint64_t sent, const std::vector<std::uint64_t>& received) {
  FlowBook book;
  for (std::uint64_t i = 0; i < sent; ++i) book.send();
  for (const std::uint64_t sequence : received) book.receive(sequence);
  return book;
}

TEST(FlowBook, names_what_became_of_packets) {
  struct Case {
    std::string_view name;
    std::uint64_t sent;
    std::vector<std::uint64_t> received;
    Totals expected;
    std::uint64_t lost;
  };
  const Case table[] = {
      {"all in order", 3, {0, 1, 2}, {.sent = 3, .received = 3}, 0},
      {"none", 3, {}, {.sent = 3}, 3},
      {"one lost", 3, {0, 2}, {.sent = 3, .received = 2}, 1},
      {"the first lost", 3, {1, 2}, {.sent = 3, .received = 2}, 1},
      {"two swapped", 3, {1, 0, 2}, {.sent = 3, .received = 3, .reordered = 1}, 0},
      {"one late by two", 4, {1, 2, 0, 3}, {.sent = 4, .received = 4, .reordered = 1}, 0},
      {"one twice", 2, {0, 0, 1}, {.sent = 2, .received = 2, .duplicated = 1}, 0},
      {"one thrice, in between another", 2, {0, 1, 0, 0}, {.sent = 2, .received = 2, .duplicated = 2}, 0},
      {"late and twice", 2, {1, 0, 0}, {.sent = 2, .received = 2, .duplicated = 1, .reordered = 1}, 0},
      {"never sent", 2, {0, 7}, {.sent = 2, .received = 1, .corrupt = 1}, 0},
  };
  for (const Case& c : table) {
    const FlowBook book = book_after(c.sent, c.received);
    EXPECT_EQ(book.totals(), c.expected) << c.name;
    EXPECT_EQ(book.totals().lost(), c.lost) << c.name;
  }
}

TEST(FlowBook, copies_are_recognised_within_1023_packets) {
  std::vector<std::uint64_t> all(3000);
  for (std::uint64_t i = 0; i < all.size(); ++i) all[i] = i;
  all.insert(all.end(), {2999, 2999 - 1023, 2500});
  const FlowBook book = book_after(3000, all);
  EXPECT_EQ(book.totals().received, 3000U);
  EXPECT_EQ(book.totals().duplicated, 3U);
}

TEST(FlowBook, a_gap_wider_than_the_window_forgets_what_was_seen_before) {
  FlowBook book = book_after(5000, {0, 1, 2, 4000});
  EXPECT_TRUE(book.receive(3990));  // its place in the window was 3990 - 1024k's before
  EXPECT_FALSE(book.receive(3990));
  EXPECT_FALSE(book.receive(4000));
  EXPECT_EQ(book.totals().received, 5U);
  EXPECT_EQ(book.totals().reordered, 1U);
}

TEST(Totals, what_arrived_corrupt_or_never_left_is_not_lost) {
  const Totals totals{.sent = 10, .received = 5, .corrupt = 2, .refused = 1};
  EXPECT_EQ(totals.lost(), 2U);
  EXPECT_EQ((Totals{.sent = 1, .corrupt = 2}).lost(), 0U);
}

}  // namespace
}  // namespace turnpike::bench
