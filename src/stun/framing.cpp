// Message boundaries on a stream, told from the first 4 to 8 bytes.
#include "turnpike/stun/framing.hpp"

#include "turnpike/stun/channel_data.hpp"
#include "turnpike/stun/classify.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::stun {
namespace {

using FrameResult = Result<std::optional<Frame>, FrameError>;

// Refuses as early as it can be told, so that a stranger's bytes are not collected: Length ends at byte 4,
// the cookie at byte 8.
FrameResult stun_frame(Bytes received) {
  if (received.size() < 4) return std::nullopt;
  const std::size_t length = load_be16(&received[2]);
  if (length % 4 != 0) return FrameError::not_turn;
  if (received.size() < 8) return std::nullopt;
  if (load_be32(&received[4]) != kMagicCookie) return FrameError::not_turn;
  return Frame{kHeaderSize + length, kHeaderSize + length};
}

FrameResult channel_data_frame(Bytes received) {
  if (received.size() < kChannelHeaderSize) return std::nullopt;
  const std::size_t length = load_be16(&received[2]);
  return Frame{kChannelHeaderSize + length, kChannelHeaderSize + padded4(length)};
}

}  // namespace

FrameResult next_frame(Bytes received, bool rfc5766_channels) {
  if (received.empty()) return std::nullopt;
  switch (rfc5766_channels ? classify_rfc5766(received[0]) : classify(received[0])) {
    case PacketKind::stun: return stun_frame(received);
    case PacketKind::channel_data: return channel_data_frame(received);
    case PacketKind::dtls:
    case PacketKind::other: break;
  }
  return FrameError::not_turn;
}

}  // namespace turnpike::stun
