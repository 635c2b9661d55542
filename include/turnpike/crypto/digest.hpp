// Digests of a message that comes in parts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace turnpike::crypto {

inline constexpr std::size_t kMd5Size = 16;
inline constexpr std::size_t kSha1Size = 20;
inline constexpr std::size_t kSha256Size = 32;

using Md5 = std::array<std::uint8_t, kMd5Size>;
using Sha256 = std::array<std::uint8_t, kSha256Size>;

// Both functions return the digest of the concatenated parts. They end the process if OpenSSL lacks the
// algorithm.
Md5 md5(std::initializer_list<std::string_view> parts);
Sha256 sha256(std::initializer_list<std::string_view> parts);

}  // namespace turnpike::crypto
