// Demultiplexing by the first byte.
#include "turnpike/stun/classify.hpp"

#include <gtest/gtest.h>

#include "messages.hpp"

namespace turnpike::stun {
namespace {

PacketKind expected(int byte, int channel_end) {
  if (byte < 4) return PacketKind::stun;
  if (byte >= 20 && byte < 64) return PacketKind::dtls;
  if (byte >= 64 && byte < channel_end) return PacketKind::channel_data;
  return PacketKind::other;
}

TEST(Classify, every_first_byte_has_its_kind_FRM_01) {
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(classify(static_cast<std::uint8_t>(byte)), expected(byte, 80)) << byte;
  for (const int byte : {0x04, 0x0F, 0x10, 0x13, 0x50, 0x7F, 0x80, 0xBF, 0xC0, 0xFF}) {
    EXPECT_EQ(classify(static_cast<std::uint8_t>(byte)), PacketKind::other) << byte;
  }
}

TEST(Classify, old_channel_numbers_widen_channel_data_only_FRM_01) {
  for (int byte = 0; byte < 256; ++byte)
    EXPECT_EQ(classify_rfc5766(static_cast<std::uint8_t>(byte)), expected(byte, 128)) << byte;
}

TEST(Classify, a_top_bit_makes_it_channel_data_and_never_stun_FRM_03) {
  test::Buffer bytes = test::binding();
  bytes[0] = 0x40;
  EXPECT_EQ(classify(bytes[0]), PacketKind::channel_data);
  EXPECT_EQ(MessageView::parse(bytes).error(), ParseError::top_bits_set);
}

}  // namespace
}  // namespace turnpike::stun
