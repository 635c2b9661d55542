// An id is 16 hexadecimal digits, there and back.
#include "turnpike/relay/allocation_id.hpp"

#include <gtest/gtest.h>

namespace turnpike::relay {
namespace {

TEST(AllocationId, is_written_with_all_its_digits_and_read_back) {
  const struct {
    AllocationId id;
    const char* text;
  } table[] = {
      {0, "0000000000000000"},
      {1, "0000000000000001"},
      {AllocationId{3} << 48 | 0xab, "00030000000000ab"},
      {~AllocationId{0}, "ffffffffffffffff"},
  };
  for (const auto& [id, text] : table) {
    EXPECT_EQ(to_text(id), text);
    EXPECT_EQ(parse_allocation_id(text), id) << text;
  }
  EXPECT_EQ(parse_allocation_id("00030000000000AB"), AllocationId{3} << 48 | 0xab);
}

TEST(AllocationId, no_other_text_is_one) {
  for (const char* text :
       {"", "1", "000000000000001", "00000000000000001", "0x00000000000001", "-000000000000001",
        "+000000000000001", " 000000000000001", "000000000000000g", "alice", "000000000000001 "})
    EXPECT_EQ(parse_allocation_id(text), std::nullopt) << text;
}

}  // namespace
}  // namespace turnpike::relay
