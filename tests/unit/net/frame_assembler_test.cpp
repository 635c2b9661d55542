// Frames out of a stream that is cut anywhere.
#include "turnpike/net/frame_assembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "frame_helpers.hpp"
#include "turnpike/base/random.hpp"

namespace turnpike::net {
namespace {

// Feeds `stream` in pieces of the sizes that `next_size` gives; false as soon as the assembler says so.
// Frames that had memory of their own are released together with those behind them.
template <class NextSize>
bool feed(FrameAssembler& assembler, FrameRecorder& recorder, Bytes stream, NextSize next_size) {
  std::vector<std::uint8_t> scratch(1000);
  while (!stream.empty()) {
    const MutableBytes target = assembler.target(scratch);
    const bool into_scratch = target.data() >= scratch.data() && target.data() < scratch.data() + 1000;
    const std::size_t size = std::min<std::size_t>({stream.size(), target.size(), next_size()});
    std::ranges::copy(stream.first(size), target.begin());
    assembler.commit(size);
    const bool good = recorder.take(assembler);
    if (into_scratch || stream.size() == size) recorder.release(assembler);
    if (!good) return false;
    stream = stream.subspan(size);
  }
  return true;
}

const auto kWhole = [] { return std::size_t{100000}; };
const auto kByteByByte = [] { return std::size_t{1}; };

std::vector<Frame> frames_of_all_kinds() {
  std::vector<Frame> frames;
  for (const std::size_t size : {0U, 1U, 2U, 3U, 4U, 5U, 995U, 996U, 997U, 1200U, 65535U})
    frames.push_back(channel_data(0x4000, size));
  for (const std::size_t size : {0U, 4U, 976U, 980U, 65532U}) frames.push_back(stun_message(size));
  return frames;
}

TEST(FrameAssembler, cuts_frames_however_they_arrive_FRM_06_FRM_07) {
  std::vector<Frame> sent = frames_of_all_kinds();
  for (const Frame& frame : frames_of_all_kinds()) sent.insert(sent.begin(), frame);
  const auto stream = on_the_wire(sent);
  SeededRandom random(1);
  const struct {
    const char* name;
    std::function<std::size_t()> next_size;
  } table[] = {
      {"coalesced", kWhole},
      {"byte by byte", kByteByByte},
      {"at random", [&] { return 1 + random.below(2000); }},
      {"at random, small", [&] { return 1 + random.below(9); }},
  };
  for (const auto& row : table) {
    FrameAssembler assembler(false);
    FrameRecorder recorder;
    EXPECT_TRUE(feed(assembler, recorder, stream, row.next_size)) << row.name;
    EXPECT_EQ(recorder.frames, sent) << row.name;
  }
}

TEST(FrameAssembler, what_is_no_frame_ends_the_stream_FRM_08) {
  const struct {
    const char* name;
    std::vector<std::uint8_t> bytes;
  } table[] = {
      {"TLS on a plain port", {0x16, 0x03, 0x01, 0x02, 0x00}},
      {"first byte 0x80", {0x80}},
      {"channel number 0x5000", {0x50, 0x00, 0x00, 0x00}},
      {"STUN without the cookie", {0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x43}},
      {"STUN with a length of 2", {0x00, 0x01, 0x00, 0x02}},
  };
  for (const auto& row : table) {
    FrameAssembler assembler(false);
    FrameRecorder recorder;
    auto stream = on_the_wire({stun_message(0)});
    stream.insert(stream.end(), row.bytes.begin(), row.bytes.end());
    EXPECT_FALSE(feed(assembler, recorder, stream, kWhole)) << row.name;
    EXPECT_EQ(recorder.frames.size(), 1U) << "what stood before it counts: " << row.name;
  }
}

TEST(FrameAssembler, line_ends_between_frames_are_keepalives) {
  const Bytes crlf = as_bytes("\r\n\r\n");
  for (const auto& next_size :
       {std::function<std::size_t()>(kWhole), std::function<std::size_t()>(kByteByByte)}) {
    FrameAssembler assembler(false);
    FrameRecorder recorder;
    std::vector<std::uint8_t> stream(crlf.begin(), crlf.end());
    for (const Frame& frame : {stun_message(4), channel_data(0x4000, 8)}) {
      stream.insert(stream.end(), frame.begin(), frame.end());
      stream.insert(stream.end(), crlf.begin(), crlf.end());
    }
    EXPECT_TRUE(feed(assembler, recorder, stream, next_size));
    EXPECT_EQ(recorder.frames, (std::vector<Frame>{stun_message(4), channel_data(0x4000, 8)}));
    EXPECT_FALSE(assembler.holds_bytes());
    EXPECT_FALSE(feed(assembler, recorder, as_bytes("\r\n\x16\x03"), next_size));
  }
}

TEST(FrameAssembler, channel_numbers_of_rfc_5766_are_frames_if_wanted) {
  FrameAssembler assembler(true);
  FrameRecorder recorder;
  EXPECT_TRUE(feed(assembler, recorder, on_the_wire({channel_data(0x7FFF, 3)}), kByteByByte));
  EXPECT_EQ(recorder.frames, std::vector<Frame>{channel_data(0x7FFF, 3)});
}

TEST(FrameAssembler, a_frame_beyond_the_limit_ends_the_stream_with_its_header_FRM_09_FRM_11) {
  FrameAssembler assembler(false);
  assembler.set_frame_limit(2000);
  FrameRecorder recorder;
  EXPECT_TRUE(
      feed(assembler, recorder, on_the_wire({stun_message(1980), channel_data(0x4001, 1996)}), kWhole));
  EXPECT_EQ(recorder.frames.size(), 2U);
  EXPECT_FALSE(feed(assembler, recorder, Bytes(on_the_wire({stun_message(1984)})).first(8), kByteByByte));

  FrameAssembler another(false);
  another.set_frame_limit(2000);
  EXPECT_FALSE(feed(another, recorder, as_bytes("GET / HTTP/1.1\r\n"), kWhole));
  EXPECT_EQ(recorder.frames.size(), 2U);
}

TEST(FrameAssembler, frames_that_are_not_taken_wait_in_memory_of_their_own) {
  FrameAssembler assembler(false);
  FrameRecorder recorder;
  const std::vector<Frame> sent = {stun_message(0), stun_message(4), stun_message(8),
                                   channel_data(0x4000, 9)};
  const auto stream = on_the_wire(sent);
  std::vector<std::uint8_t> scratch(1000);
  std::ranges::copy(Bytes(stream).first(stream.size() - 6), assembler.target(scratch).begin());
  assembler.commit(stream.size() - 6);
  for (std::size_t taken = 1; taken <= 3; ++taken) {
    EXPECT_TRUE(assembler.holds_bytes());
    recorder.frames_max = taken;
    EXPECT_TRUE(recorder.take(assembler));
    EXPECT_EQ(recorder.frames.size(), taken);
    recorder.release(assembler);
    std::ranges::fill(scratch, 0xEE);  // another stream uses it
  }
  recorder.frames_max = SIZE_MAX;
  EXPECT_TRUE(recorder.take(assembler));
  EXPECT_FALSE(assembler.holds_bytes());
  recorder.release(assembler);
  EXPECT_TRUE(feed(assembler, recorder, Bytes(stream).last(6), kWhole));
  EXPECT_EQ(recorder.frames, sent);
}

TEST(FrameAssembler, a_frame_that_came_in_two_reads_is_given_with_those_behind_it) {
  FrameAssembler assembler(false);
  FrameRecorder recorder;
  const Frame frame = channel_data(0x4000, 1200);
  const auto stream = on_the_wire({frame, frame, frame});
  std::vector<std::uint8_t> scratch(10000);
  const auto arrive = [&](Bytes bytes) {
    const MutableBytes target = assembler.target(scratch);
    ASSERT_GE(target.size(), bytes.size());
    std::ranges::copy(bytes, target.begin());
    assembler.commit(bytes.size());
    EXPECT_TRUE(recorder.take(assembler));
  };
  arrive(Bytes(stream).first(700));
  recorder.release(assembler);
  arrive(Bytes(stream).subspan(700, 504));
  EXPECT_EQ(recorder.frames.size(), 1U);
  arrive(Bytes(stream).subspan(1204));
  EXPECT_EQ(recorder.frames, (std::vector<Frame>{frame, frame, frame}));
  recorder.release(assembler);
  EXPECT_EQ(recorder.frames_changed, 0);
}

TEST(FrameAssembler, a_limit_that_changes_holds_for_frames_that_wait) {
  FrameAssembler assembler(false);
  FrameRecorder recorder;
  assembler.set_frame_limit(100);
  const std::vector<Frame> sent = {stun_message(0), channel_data(0x4000, 500)};
  EXPECT_FALSE(feed(assembler, recorder, on_the_wire(sent), kWhole));
  assembler.set_frame_limit(1000);
  EXPECT_TRUE(recorder.take(assembler));
  EXPECT_EQ(recorder.frames, sent);
}

TEST(FrameAssembler, frames_stay_where_they_are_until_release) {
  FrameAssembler assembler(false);
  FrameRecorder recorder;
  SeededRandom random(2);
  EXPECT_TRUE(
      feed(assembler, recorder, on_the_wire(frames_of_all_kinds()), [&] { return 1 + random.below(3000); }));
  EXPECT_EQ(recorder.frames_changed, 0);
}

}  // namespace
}  // namespace turnpike::net
