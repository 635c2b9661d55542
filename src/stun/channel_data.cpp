// The four bytes in front of relayed payload.
#include "turnpike/stun/channel_data.hpp"

#include "turnpike/base/check.hpp"

namespace turnpike::stun {

std::optional<ChannelData> parse_channel_data(Bytes datagram) {
  if (datagram.size() < kChannelHeaderSize) return std::nullopt;
  const std::size_t length = load_be16(&datagram[2]);
  if (length > datagram.size() - kChannelHeaderSize) return std::nullopt;
  return ChannelData{load_be16(datagram.data()), datagram.subspan(kChannelHeaderSize, length)};
}

void write_channel_header(MutableBytes out, std::uint16_t number, std::size_t payload_size) {
  TURNPIKE_CHECK(out.size() >= kChannelHeaderSize && payload_size <= 0xFFFF);
  store_be16(out.data(), number);
  store_be16(&out[2], static_cast<std::uint16_t>(payload_size));
}

}  // namespace turnpike::stun
