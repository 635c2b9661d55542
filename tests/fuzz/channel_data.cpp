// Fuzz harness: arbitrary bytes as a ChannelData datagram.
#include "turnpike/stun/channel_data.hpp"

#include <array>

#include "harness.hpp"

using namespace turnpike;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input{data, size};
  const auto parsed = stun::parse_channel_data(input);
  const bool complete = size >= 4 && size >= std::size_t{4} + load_be16(data + 2);
  require(parsed.has_value() == complete, "what is complete is accepted, and nothing else");
  if (!parsed) return 0;
  require(fuzz::lies_within(parsed->payload, input), "the payload lies within the input");
  std::array<std::uint8_t, stun::kChannelHeaderSize> header;
  stun::write_channel_header(header, parsed->number, parsed->payload.size());
  require(load_be32(header.data()) == load_be32(data), "the header is written as it was read");
  return 0;
}
