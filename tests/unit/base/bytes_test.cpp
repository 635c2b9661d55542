// Big-endian loads and stores.
#include "turnpike/base/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace turnpike {
namespace {

TEST(Bytes, numbers_are_big_endian_at_any_alignment_S13) {
  for (std::size_t offset = 0; offset < 8; ++offset) {
    std::array<std::uint8_t, 16> bytes{};
    store_be32(&bytes[offset], 0x81020304);
    store_be16(&bytes[offset + 4], 0xF506);
    EXPECT_THAT(Bytes(bytes).subspan(offset, 6), testing::ElementsAre(0x81, 0x02, 0x03, 0x04, 0xF5, 0x06));
    EXPECT_EQ(load_be32(&bytes[offset]), 0x81020304U);
    EXPECT_EQ(load_be16(&bytes[offset + 4]), 0xF506);
  }
}

TEST(Bytes, padding_goes_up_to_the_next_multiple_of_4_and_does_not_wrap_at_16_bits) {
  constexpr std::pair<std::size_t, std::size_t> cases[] = {
      {0, 0}, {1, 4}, {3, 4}, {4, 4}, {5, 8}, {65532, 65532}, {65533, 65536}, {65535, 65536}};
  for (const auto& [size, padded] : cases) EXPECT_EQ(padded4(size), padded) << size;
}

TEST(Bytes, text_is_seen_as_bytes_and_back_without_a_copy) {
  const std::string_view text("a\0\xFF", 3);
  EXPECT_THAT(as_bytes(text), testing::ElementsAre('a', 0, 0xFF));
  EXPECT_EQ(as_text(as_bytes(text)), text);
  EXPECT_EQ(as_text(as_bytes(text)).data(), text.data());
}

}  // namespace
}  // namespace turnpike
