// A command to a Redis server: its words, and the bytes that they are sent as.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace turnpike::redis {

using Command = std::vector<std::string>;  // {"SET", key, value}; any bytes, as they are

inline constexpr std::size_t kCommandBytesMax = 1 << 20;
inline constexpr std::size_t kCommandWordsMax = 8192;

// None: it has no word, or is beyond these limits.
std::optional<std::string> encode(const Command& command);

}  // namespace turnpike::redis
