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

// Cuts what a stream has read into frames. While holds_bytes() is false, read into target() and commit() what
// arrived. Then take frames by front() and pop() as long as there are any and they are wanted. Call release()
// before the scratch memory serves another stream.
//
//     scratch  | frame | frame | frame | frame | a part of a frame |
//                      ^ front()               ^ kept until the rest arrives
//                      |<-- release() moves this to other memory ->|
class FrameAssembler {
 public:
  explicit FrameAssembler(bool rfc5766_channels) : rfc5766_channels_(rfc5766_channels) {}

  // Limits the size of the frames that front() has not returned yet, in bytes. A longer frame is an error
  // before memory is spent on it.
  void set_frame_limit(std::size_t bytes) { frame_bytes_max_ = bytes; }

  // Returns true while bytes wait for front(); nothing may be read meanwhile.
  bool holds_bytes() const { return !uncut_.empty() || (frame_ && frame_received_ == frame_size_.wire_size); }
  // Returns the bytes that were read last and of which front() was not asked for a frame yet; valid until
  // front() or release().
  Bytes held() const { return uncut_; }
  // Returns the memory for the next bytes: the missing part of an incomplete frame, otherwise `scratch`
  // behind the first bytes of a header. `scratch` has at least kScratchMin bytes, may be shared by many
  // assemblers, and must not be written to by others between target() and release().
  MutableBytes target(MutableBytes scratch);
  // Tells that `size` bytes were written to target().
  void commit(std::size_t size);
  // Returns the next STUN message or ChannelData without padding, valid until release(). CRLF between frames
  // is skipped (RFC 5626 3.5.1). Returns none if more must be read, and an error if the bytes are no frame or
  // the frame is too long.
  Result<std::optional<Bytes>, stun::FrameError> front();
  // Removes the frame that front() has returned.
  void pop();
  // Ends the use of all frames that were popped, and moves waiting bytes from the scratch memory to memory of
  // their own.
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
