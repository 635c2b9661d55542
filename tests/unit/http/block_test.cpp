// Memory that is there only while it is needed.
#include "turnpike/http/block.hpp"

#include <gtest/gtest.h>

#include <string>

namespace turnpike::http {
namespace {

TEST(Block, holds_what_has_come_until_it_is_passed_on) {
  Block block;
  EXPECT_TRUE(block.is_empty());
  EXPECT_EQ(block.append("abcdef"), 6U);
  EXPECT_EQ(block.text(), "abcdef");
  block.consume(4);
  EXPECT_EQ(block.text(), "ef");
  EXPECT_EQ(block.room().size(), Block::kSize - 6);
  block.room()[0] = 'g';
  block.commit(1);
  EXPECT_EQ(block.text(), "efg");
  block.clear_if_empty();
  EXPECT_EQ(block.text(), "efg") << "it is not empty";
  block.consume(3);
  EXPECT_TRUE(block.is_empty());
  EXPECT_EQ(block.room().size(), Block::kSize) << "from the beginning again";
}

TEST(Block, takes_no_more_than_it_has_room_for) {
  Block block;
  const std::string large(Block::kSize + 1, 'x');
  EXPECT_EQ(block.append(large), Block::kSize);
  EXPECT_TRUE(block.room().empty());
  EXPECT_EQ(block.append("y"), 0U);
  block.consume(1);
  EXPECT_TRUE(block.room().empty()) << "nothing is moved";
}

TEST(Block, one_that_is_empty_gives_its_memory_to_the_next) {
  Block first;
  const char* const memory = first.room().data();
  first.clear_if_empty();
  Block second;
  EXPECT_EQ(second.room().data(), memory);
  Block third;
  EXPECT_NE(third.room().data(), memory);
}

}  // namespace
}  // namespace turnpike::http
