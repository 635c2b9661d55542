// A packet is read as it was written, or not at all.
#include "load/stamp.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace turnpike::bench {
namespace {

constexpr Stamp kStamp{.run = 1, .flow = 2, .sequence = 3, .sent_ns = 4};

std::vector<std::uint8_t> packet(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  fill_payload(bytes);
  write_stamp(bytes, kStamp);
  return bytes;
}

TEST(Stamp, is_read_as_written) {
  for (const std::size_t size : {kStampSize, std::size_t{160}, std::size_t{1200}, kPayloadMax}) {
    EXPECT_EQ(read_stamp(packet(size)), kStamp) << size;
  }
}

TEST(Stamp, any_changed_byte_is_seen) {
  const auto right = packet(160);
  for (std::size_t i = 0; i < right.size(); ++i) {
    auto wrong = right;
    wrong[i] ^= 0x10;
    EXPECT_EQ(read_stamp(wrong), std::nullopt) << i;
  }
}

TEST(Stamp, another_length_is_seen) {
  auto bytes = packet(160);
  bytes.push_back(0);
  EXPECT_EQ(read_stamp(bytes), std::nullopt);
  bytes.resize(159);
  EXPECT_EQ(read_stamp(bytes), std::nullopt);
  EXPECT_EQ(read_stamp(Bytes(bytes).first(kStampSize - 1)), std::nullopt);
  EXPECT_EQ(read_stamp({}), std::nullopt);
}

}  // namespace
}  // namespace turnpike::bench
