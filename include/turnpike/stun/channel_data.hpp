// The ChannelData header (RFC 8656 12.4): channel number and length, 4 bytes in front of the payload.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/bytes.hpp"

namespace turnpike::stun {

inline constexpr std::size_t kChannelHeaderSize = 4;
inline constexpr std::uint16_t kChannelMin = 0x4000;
inline constexpr std::uint16_t kChannelMax = 0x4FFF;         // RFC 8656 12
inline constexpr std::uint16_t kChannelMaxRfc5766 = 0x7FFF;  // the old range, a compatibility switch

struct ChannelData {
  std::uint16_t number;
  Bytes payload;
};

// Nothing if shorter than its header or than the length it claims (RFC 8656 12.6); bytes beyond that length
// are padding (RFC 8656 12.5).
std::optional<ChannelData> parse_channel_data(Bytes datagram);

// `out` holds at least 4 bytes, `payload_size` is at most 65535.
void write_channel_header(MutableBytes out, std::uint16_t number, std::size_t payload_size);

}  // namespace turnpike::stun
