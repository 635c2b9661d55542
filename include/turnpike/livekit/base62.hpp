// The base62 coding of LiveKit's credentials: not a number in base 62, but bits packed 6 or 5 to a character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/bytes.hpp"

namespace turnpike::livekit {

// Encodes bytes, read as one big-endian number, from its low end, in the alphabet A-Z a-z 0-9. Six bits have
// 64 values for 62 characters, so values that end in 1111x consume only five bits. No bytes give an empty
// text.
std::string base62_encode(Bytes bytes);

// Decodes a text; returns no value if a character is outside the alphabet. Some texts that base62_encode()
// never writes decode as well.
std::optional<std::vector<std::uint8_t>> base62_decode(std::string_view text);

}  // namespace turnpike::livekit
