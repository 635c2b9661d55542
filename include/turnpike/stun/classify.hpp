// What a packet is, told from its first byte (RFC 7983 section 7, RFC 8656 section 12).
#pragma once

#include <cstdint>

namespace turnpike::stun {

// Names the protocols that share a port with TURN.
enum class PacketKind { stun, dtls, channel_data, other };

// Returns the protocol of a packet whose first byte is given.
constexpr PacketKind classify(std::uint8_t first_byte) {
  if (first_byte <= 3) return PacketKind::stun;
  if (first_byte >= 20 && first_byte <= 63) return PacketKind::dtls;
  if (first_byte >= 64 && first_byte <= 79) return PacketKind::channel_data;
  return PacketKind::other;
}

// Does the same with the channel numbers of RFC 5766 (up to 0x7FFF), where ChannelData begins with 64 to 127.
constexpr PacketKind classify_rfc5766(std::uint8_t first_byte) {
  return first_byte >= 80 && first_byte <= 127 ? PacketKind::channel_data : classify(first_byte);
}

}  // namespace turnpike::stun
