// The base62 of LiveKit's credentials: not a big number in base 62, but bits packed 6 or 5 to a character.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/bytes.hpp"

namespace turnpike::livekit {

// The bytes are one big-endian number; characters come from its low end, in the alphabet A-Z a-z 0-9. Six
// bits have 64 values and the alphabet 62 characters, so the values that end in 1111x take only five bits. No
// bytes give no characters.
std::string base62_encode(Bytes bytes);

// No value if a character is outside the alphabet. Texts that the encoder would not write may decode too.
std::optional<std::vector<std::uint8_t>> base62_decode(std::string_view text);

}  // namespace turnpike::livekit
