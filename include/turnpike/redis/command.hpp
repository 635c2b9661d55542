// A command to a Redis server: its words, and their encoding.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace turnpike::redis {

// The words of a command, e.g. {"SET", key, value}; each may hold any bytes.
using Command = std::vector<std::string>;

// Bounds of a command: encoded bytes, and words.
inline constexpr std::size_t kCommandBytesMax = 1 << 20;
inline constexpr std::size_t kCommandWordsMax = 8192;

// Returns the bytes to send; none if the command has no word or exceeds a bound.
std::optional<std::string> encode(const Command& command);

}  // namespace turnpike::redis
