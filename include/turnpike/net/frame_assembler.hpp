// Cuts a byte stream into STUN messages and ChannelData in linear time; owns memory only while a frame is
// incomplete.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "turnpike/base/bytes.hpp"
#include "turnpike/stun/framing.hpp"

namespace turnpike::net {

class FrameHandler {
 public:
  virtual ~FrameHandler() = default;
  // One STUN message or ChannelData, without padding. Valid until after_chunk() returns. False: stop, close
  // the connection.
  virtual bool on_frame(Bytes frame) = 0;
  // Before the memory of the frames since the last call is used again: whoever kept parts of them sends those
  // now.
  virtual void after_chunk() = 0;
};

// Use: read into target(scratch), then commit() what arrived, and so on; at last end_chunk().
class FrameAssembler {
 public:
  explicit FrameAssembler(bool rfc5766_channels) : rfc5766_channels_(rfc5766_channels) {}

  // A frame that is longer ends the connection, before memory is spent on it (FRM-09, FRM-11).
  void set_frame_limit(std::size_t bytes) { frame_bytes_max_ = bytes; }

  // Where the next bytes go: the missing part of an incomplete frame, else `scratch` behind the first bytes
  // of a header. `scratch` holds at least kScratchMin bytes, may be shared by many assemblers and must not be
  // written to between target() and commit().
  MutableBytes target(MutableBytes scratch);
  // `size` bytes were written to the target. Hands out all complete frames. False: close the connection; the
  // bytes are no frames (FRM-08), one is too long, or the handler wants it.
  bool commit(std::size_t size, FrameHandler& handler);
  // Calls after_chunk() if frames were handed out since the last time. commit() does it where scratch held
  // them; a single frame that had memory of its own waits for those behind it, so that all leave together.
  void end_chunk(FrameHandler& handler);

  static constexpr std::size_t kScratchMin = 64;

 private:
  bool hand_out(Bytes frame, FrameHandler& handler);
  bool split(Bytes received, FrameHandler& handler);
  void keep_rest(Bytes rest, const std::optional<stun::Frame>& frame);

  static constexpr std::size_t kHeaderMax = 8;  // next_frame() knows the size by then

  bool rfc5766_channels_;
  std::size_t frame_bytes_max_ = stun::kFrameMax;
  std::array<std::uint8_t, kHeaderMax> header_{};  // the first bytes of a frame of unknown size
  std::size_t header_size_ = 0;
  std::unique_ptr<std::uint8_t[]> frame_;  // a frame of known size that is incomplete
  stun::Frame frame_size_{};
  std::size_t frame_received_ = 0;
  std::unique_ptr<std::uint8_t[]> handed_out_frame_;  // was frame_, until end_chunk()
  bool handed_out_ = false;
  MutableBytes chunk_;  // scratch since target()
};

}  // namespace turnpike::net
