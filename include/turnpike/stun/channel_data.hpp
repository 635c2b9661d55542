// The ChannelData header (RFC 8656 12.4): channel number and length, 4 bytes in front of the payload.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/bytes.hpp"

namespace turnpike::stun {

inline constexpr std::size_t kChannelHeaderSize = 4;
// Range of channel numbers (RFC 8656 12).
inline constexpr std::uint16_t kChannelMin = 0x4000;
inline constexpr std::uint16_t kChannelMax = 0x4FFF;
inline constexpr std::uint16_t kChannelMaxRfc5766 = 0x7FFF;  // end of the range of RFC 5766

// Holds one parsed ChannelData message. The payload refers to the parsed bytes.
struct ChannelData {
  std::uint16_t number;
  Bytes payload;
};

// Parses a ChannelData message. Returns nullopt if the bytes are shorter than the header or than the length
// in it (RFC 8656 12.6). Bytes beyond that length are padding (RFC 8656 12.5).
std::optional<ChannelData> parse_channel_data(Bytes datagram);

// Writes the header. `out` has at least 4 bytes, and `payload_size` is at most 65,535; else the program ends.
void write_channel_header(MutableBytes out, std::uint16_t number, std::size_t payload_size);

}  // namespace turnpike::stun
