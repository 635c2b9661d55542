// Where one message ends and the next begins on a TCP or TLS connection (RFC 8489 6.2.2, RFC 8656 12.5).
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/result.hpp"

namespace turnpike::stun {

// Largest frame in bytes: a STUN message of 20 + 65,532; ChannelData takes at most 4 + 65,536 with its
// padding.
inline constexpr std::size_t kFrameMax = 20 + 65532;

// Holds the extent of the first message in a stream.
struct Frame {
  std::size_t size;       // bytes of the message: 20 + Length, or 4 + Length of ChannelData
  std::size_t wire_size;  // bytes to consume from the stream: `size`, plus ChannelData's padding to 4
};

enum class FrameError {
  not_turn
};  // the bytes are no TURN, and no later boundary can be found: close the connection

// Returns the extent of the message at the front of `received`, or nullopt if its header is not complete yet.
// The frame may be longer than `received`: the caller then waits for the rest. Returns not_turn as early as
// the bytes tell. `rfc5766_channels`: 0x5000-0x7FFF are ChannelData too.
Result<std::optional<Frame>, FrameError> next_frame(Bytes received, bool rfc5766_channels);

}  // namespace turnpike::stun
