// Cuts a byte stream into STUN messages and ChannelData in linear time; owns memory only while a frame is
// incomplete or has to wait.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/stun/framing.hpp"

namespace turnpike::net {

// Use: while not holds_bytes(), read into target() and commit() what arrived. Then take frames by front() and
// pop() for as long as there are any and they are wanted. At last release(), before the scratch memory serves
// another stream.
//
//     scratch  | frame | frame | frame | frame | a part of a frame |
//                      ^ front()               ^ kept until the rest arrives
//                      |<-- release() moves this to other memory ->|
class FrameAssembler {
 public:
  explicit FrameAssembler(bool rfc5766_channels) : rfc5766_channels_(rfc5766_channels) {}

  // A frame that is longer is an error, before memory is spent on it. It holds for frames
  // that front() has not given yet.
  void set_frame_limit(std::size_t bytes) { frame_bytes_max_ = bytes; }

  // Bytes wait for front(): nothing may be read meanwhile.
  bool holds_bytes() const { return !uncut_.empty() || (frame_ && frame_received_ == frame_size_.wire_size); }
  // The bytes that were read last, as long as front() was not asked for a frame of them.
  Bytes held() const { return uncut_; }
  // Where the next bytes go: the missing part of an incomplete frame, else `scratch` behind the first bytes
  // of a header. `scratch` holds at least kScratchMin bytes, may be shared by many assemblers and must not be
  // written to between target() and release().
  MutableBytes target(MutableBytes scratch);
  // `size` bytes were written to the target.
  void commit(std::size_t size);
  // The next STUN message or ChannelData, without padding, CRLF before it passed over; valid until release().
  // None: more must be read. Error: the bytes are no frames, or one is too long.
  Result<std::optional<Bytes>, stun::FrameError> front();
  // front() has given a frame, and it is taken.
  void pop();
  // Frames that were taken are no longer used. Bytes that wait move to memory of their own.
  void release();

  static constexpr std::size_t kScratchMin = 64;

 private:
  Result<std::optional<Bytes>, stun::FrameError> cut();
  void skip_keepalives();
  void keep_incomplete(const std::optional<stun::Frame>& frame);

  static constexpr std::size_t kHeaderMax = 8;  // next_frame() knows the size by then

  bool rfc5766_channels_;
  std::size_t frame_bytes_max_ = stun::kFrameMax;
  std::array<std::uint8_t, kHeaderMax> header_{};  // the first bytes of a frame of unknown size
  std::size_t header_size_ = 0;
  std::unique_ptr<std::uint8_t[]> frame_;  // a frame of known size that is incomplete
  stun::Frame frame_size_{};
  std::size_t frame_received_ = 0;
  std::unique_ptr<std::uint8_t[]> given_frame_;  // was frame_, until release()
  MutableBytes chunk_;                           // scratch since target()
  Bytes uncut_;                                  // of chunk_ or of waiting_
  std::size_t front_bytes_ = 0;                  // of uncut_, with padding
  std::unique_ptr<std::uint8_t[]> waiting_;
};

}  // namespace turnpike::net
