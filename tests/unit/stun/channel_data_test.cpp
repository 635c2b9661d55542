// ChannelData headers.
#include "turnpike/stun/channel_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages.hpp"
#include "vectors.hpp"

namespace turnpike::stun {
namespace {

using test::Buffer;
using turnpike::test::load_vector;

TEST(ChannelData, shorter_than_its_header_or_its_length_is_nothing_FRM_17) {
  const Buffer whole = {0x40, 0x01, 0x00, 0x06, 1, 2, 3, 4, 5, 6};
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_channel_data(Bytes{whole}.first(size))) << size;
  EXPECT_TRUE(parse_channel_data(whole));
}

TEST(ChannelData, what_is_behind_its_length_is_padding_FRM_18) {
  for (std::size_t surplus = 0; surplus < 10; ++surplus) {
    Buffer bytes = load_vector("derived-channeldata-datagram").bytes;
    bytes.resize(bytes.size() + surplus, 0xEE);
    const auto parsed = parse_channel_data(bytes);
    ASSERT_TRUE(parsed) << surplus;
    EXPECT_EQ(parsed->number, 0x4001);
    EXPECT_EQ(as_text(parsed->payload), "hello");
  }
}

TEST(ChannelData, the_vectors_say_hello) {
  for (const char* name : {"derived-channeldata-datagram", "derived-channeldata-stream"}) {
    const auto bytes = load_vector(name).bytes;
    const auto parsed = parse_channel_data(bytes);
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(parsed->number, 0x4001) << name;
    EXPECT_EQ(as_text(parsed->payload), "hello") << name;
  }
}

TEST(ChannelData, an_empty_payload_is_legal) {
  const auto parsed = parse_channel_data(Buffer{0x4F, 0xFF, 0, 0});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->number, kChannelMax);
  EXPECT_TRUE(parsed->payload.empty());
}

TEST(ChannelData, a_length_near_64_KiB_does_not_wrap) {
  for (const std::size_t length : {65532U, 65533U, 65534U, 65535U}) {
    Buffer bytes(kChannelHeaderSize + length);
    write_channel_header(bytes, kChannelMin, length);
    const auto parsed = parse_channel_data(bytes);
    ASSERT_TRUE(parsed) << length;
    EXPECT_EQ(parsed->payload.size(), length);
    bytes.pop_back();
    EXPECT_FALSE(parse_channel_data(bytes)) << length;
  }
}

TEST(ChannelData, the_header_is_written_in_network_order) {
  Buffer bytes(6, 0xEE);
  write_channel_header(bytes, 0x4123, 0x0405);
  EXPECT_THAT(bytes, testing::ElementsAre(0x41, 0x23, 0x04, 0x05, 0xEE, 0xEE));
}

}  // namespace
}  // namespace turnpike::stun
