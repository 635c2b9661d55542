// Where one message ends and the next begins on a TCP or TLS connection (RFC 8489 6.2.2, RFC 8656 12.5).
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/result.hpp"

namespace turnpike::stun {

// The largest frame: a STUN message of 20 + 65532 bytes; ChannelData ends at 4 + 65536.
inline constexpr std::size_t kFrameMax = 20 + 65532;

struct Frame {
  std::size_t size;       // the message itself: 20 + Length, or 4 + Length of ChannelData
  std::size_t wire_size;  // with ChannelData's padding to 4; what to consume from the stream
};

enum class FrameError { not_turn };  // no later boundary can be found: close the connection

// Looks at the front of what has arrived. No value inside the result: the header is not complete yet. A Frame
// may be longer than `received`: then wait for the rest. `rfc5766_channels` also takes 0x5000-0x7FFF for
// ChannelData.
Result<std::optional<Frame>, FrameError> next_frame(Bytes received, bool rfc5766_channels);

}  // namespace turnpike::stun
