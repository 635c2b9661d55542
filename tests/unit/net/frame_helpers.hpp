// STUN messages and ChannelData as bytes, and a recorder that writes down what it gets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/net/frame_assembler.hpp"

namespace turnpike::net {

using Frame = std::vector<std::uint8_t>;

inline Frame frame_of(std::uint16_t first, std::size_t header_size, std::size_t length) {
  Frame frame(header_size + length);
  for (std::size_t i = 0; i < length; ++i) frame[header_size + i] = static_cast<std::uint8_t>(i * 7 + length);
  store_be16(&frame[0], first);
  store_be16(&frame[2], static_cast<std::uint16_t>(length));
  return frame;
}

inline Frame channel_data(std::uint16_t number, std::size_t length) { return frame_of(number, 4, length); }

// A Binding request with a body that means nothing.
inline Frame stun_message(std::size_t length) {
  Frame frame = frame_of(0x0001, 20, length);
  store_be32(&frame[4], 0x2112A442);
  return frame;
}

// One behind another, each padded to 4.
inline std::vector<std::uint8_t> on_the_wire(const std::vector<Frame>& frames) {
  std::vector<std::uint8_t> wire;
  for (const Frame& frame : frames) {
    wire.insert(wire.end(), frame.begin(), frame.end());
    wire.resize(padded4(wire.size()), 0xEE);
  }
  return wire;
}

// Takes frames from a FrameAssembler or Stream, and writes down what it gets.
class FrameRecorder {
 public:
  // All that there are, up to frames_max. False: what comes next is no frame.
  template <class Source>
  bool take(Source& source) {
    while (frames.size() < frames_max) {
      const auto frame = source.front();
      if (!frame) return false;
      if (!*frame) break;
      source.pop();
      frames.emplace_back((*frame)->begin(), (*frame)->end());
      in_place_.push_back(**frame);
    }
    return true;
  }
  // Frames must have stayed where they were until now.
  template <class Source>
  void release(Source& source) {
    const auto given = frames.end() - static_cast<std::ptrdiff_t>(in_place_.size());
    for (std::size_t i = 0; i < in_place_.size(); ++i) {
      frames_changed += std::ranges::equal(in_place_[i], given[static_cast<std::ptrdiff_t>(i)]) ? 0 : 1;
    }
    in_place_.clear();
    source.release();
  }

  std::vector<Frame> frames;
  std::size_t frames_max = SIZE_MAX;
  int frames_changed = 0;

 private:
  std::vector<Bytes> in_place_;
};

}  // namespace turnpike::net
