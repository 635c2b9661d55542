// Message boundaries on streams.
#include "turnpike/stun/framing.hpp"

#include <gtest/gtest.h>

#include "messages.hpp"
#include "turnpike/stun/channel_data.hpp"
#include "vectors.hpp"

namespace turnpike::stun {
namespace {

using test::Buffer;
using turnpike::test::load_vector;

enum class Answer { frame, wait, not_turn };

Answer answer(Bytes received, bool rfc5766 = false) {
  const auto result = next_frame(received, rfc5766);
  if (!result) return Answer::not_turn;
  return result->has_value() ? Answer::frame : Answer::wait;
}

Buffer concat(std::initializer_list<Buffer> parts) {
  Buffer all;
  for (const Buffer& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Takes `received` apart as a connection does; the messages without their padding.
std::vector<Buffer> split(Bytes received) {
  std::vector<Buffer> messages;
  while (!received.empty()) {
    const auto frame = next_frame(received, false);
    if (!frame || !*frame || (*frame)->wire_size > received.size()) break;
    messages.push_back(test::copy(received.first((*frame)->size)));
    received = received.subspan((*frame)->wire_size);
  }
  return messages;
}

TEST(Framing, messages_follow_one_another_with_nothing_between_FRM_06) {
  const Buffer request = load_vector("derived-allocate-md5").bytes;
  const Buffer channel_data = {0x40, 0x00, 0x00, 0x04, 1, 2, 3, 4};
  EXPECT_EQ(split(concat({request, channel_data, test::binding()})),
            (std::vector{request, channel_data, test::binding()}));
}

TEST(Framing, a_message_in_single_bytes_is_the_same_frame_from_its_first_complete_header_on_FRM_06) {
  const Buffer bytes = load_vector("derived-allocate-md5").bytes;
  for (std::size_t size = 0; size < 8; ++size)
    EXPECT_EQ(answer(Bytes{bytes}.first(size)), Answer::wait) << size;
  for (std::size_t size = 8; size <= bytes.size(); ++size) {
    const auto frame = next_frame(Bytes{bytes}.first(size), false);
    ASSERT_TRUE(frame && *frame) << size;
    EXPECT_EQ((*frame)->size, bytes.size());
    EXPECT_EQ((*frame)->wire_size, bytes.size());
  }
}

TEST(Framing, padding_of_channel_data_is_consumed_and_not_part_of_the_message_FRM_07) {
  const Buffer padded = load_vector("derived-channeldata-stream").bytes;
  const Buffer bare = load_vector("derived-channeldata-datagram").bytes;
  EXPECT_EQ(split(concat({padded, test::binding()})), (std::vector{bare, test::binding()}));
  for (std::size_t size = 0; size < 4; ++size)
    EXPECT_EQ(answer(Bytes{padded}.first(size)), Answer::wait) << size;
  for (std::size_t size = 4; size < padded.size(); ++size)
    EXPECT_EQ(answer(Bytes{padded}.first(size)), Answer::frame) << size;
}

TEST(Framing, what_is_not_turn_is_refused_as_soon_as_it_shows_FRM_08) {
  struct Case {
    const char* name;
    Buffer bytes;
    std::size_t visible_at;  // this many bytes are refused, fewer are waited for
  };
  const Case cases[] = {
      {"first byte 4", {0x04}, 1},
      {"TLS handshake", {0x16, 0x03, 0x01}, 1},
      {"PROXY v2 signature", {0x0D, 0x0A}, 1},
      {"first byte 0x50", {0x50, 0x00, 0x00, 0x00}, 1},
      {"first byte 0xFF", {0xFF}, 1},
      {"Length 1", {0x00, 0x01, 0x00, 0x01}, 4},
      {"Length 2", {0x00, 0x01, 0x00, 0x02}, 4},
      {"Length 0xFFFF", {0x00, 0x01, 0xFF, 0xFF}, 4},
      {"cookie off by one", {0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x43}, 8},
      {"no cookie at all", {0x00, 0x01, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00}, 8},
  };
  for (const auto& [name, bytes, visible_at] : cases) {
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      EXPECT_EQ(answer(Bytes{bytes}.first(size)), size < visible_at ? Answer::wait : Answer::not_turn)
          << name << ", " << size << " bytes";
    }
  }
}

TEST(Framing, old_channel_numbers_are_frames_only_behind_their_switch_FRM_08) {
  for (const std::uint8_t first : {0x50, 0x60, 0x7F}) {
    const Buffer bytes = {first, 0x00, 0x00, 0x00};
    EXPECT_EQ(answer(bytes, false), Answer::not_turn) << int{first};
    EXPECT_EQ(answer(bytes, true), Answer::frame) << int{first};
  }
  EXPECT_EQ(answer(Buffer{0x80, 0x00, 0x00, 0x00}, true), Answer::not_turn);
}

TEST(Framing, the_largest_frames_fit_the_limit_FRM_11) {
  Buffer stun = test::binding();
  store_be16(&stun[2], 0xFFFC);
  const auto largest = next_frame(stun, false);
  ASSERT_TRUE(largest && *largest);
  EXPECT_EQ((*largest)->size, kFrameMax);
  EXPECT_EQ((*largest)->wire_size, kFrameMax);
}

TEST(Framing, channel_data_lengths_near_64_KiB_do_not_wrap_S14) {
  for (std::size_t length = 65500; length <= 65535; ++length) {
    Buffer header(kChannelHeaderSize);
    write_channel_header(header, kChannelMin, length);
    const auto frame = next_frame(header, false);
    ASSERT_TRUE(frame && *frame) << length;
    EXPECT_EQ((*frame)->size, 4 + length);
    EXPECT_EQ((*frame)->wire_size, 4 + (length + 3) / 4 * 4);
    EXPECT_LE((*frame)->wire_size, kFrameMax);
  }
}

TEST(Framing, stun_lengths_near_64_KiB_do_not_wrap_S14) {
  for (std::size_t length = 65500; length <= 65535; ++length) {
    Buffer header = test::binding();
    store_be16(&header[2], static_cast<std::uint16_t>(length));
    const auto frame = next_frame(header, false);
    ASSERT_EQ(frame.has_value(), length % 4 == 0) << length;
    if (!frame) continue;
    EXPECT_EQ((*frame)->size, 20 + length);
    EXPECT_EQ((*frame)->wire_size, 20 + length);
  }
}

}  // namespace
}  // namespace turnpike::stun
