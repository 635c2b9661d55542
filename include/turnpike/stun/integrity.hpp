// MESSAGE-INTEGRITY, MESSAGE-INTEGRITY-SHA256, FINGERPRINT and the long-term keys (RFC 8489 sections 9.2.2
// and 14.4-14.7).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "turnpike/base/bytes.hpp"
#include "turnpike/crypto/digest.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::stun {

// Numbers of password algorithms (RFC 8489 18.5).
enum class PasswordAlgorithm : std::uint16_t { md5 = 1, sha256 = 2 };

// Holds an HMAC key: 16 bytes for MD5, 32 for SHA-256.
struct Key {
  std::array<std::uint8_t, 32> bytes{};
  std::uint8_t size = 0;

  Bytes view() const { return Bytes{bytes}.first(size); }
  bool operator==(const Key&) const = default;
};

// Returns hash(username ":" realm ":" password) (RFC 8489 9.2.2, 18.5.1.2). The strings are hashed as given:
// the caller must prepare them as OpaqueString.
Key long_term_key(PasswordAlgorithm algorithm, std::string_view username, std::string_view realm,
                  std::string_view password);

// Returns SHA-256(username ":" realm), the value of USERHASH (RFC 8489 14.4).
crypto::Sha256 userhash(std::string_view username, std::string_view realm);

// Both functions return whether the message has the integrity attribute at its full length (RFC 8489 14.6)
// and its HMAC matches. They compare in constant time.
bool verify_sha1(const MessageView& message, Bytes key);
bool verify_sha256(const MessageView& message, Bytes key);
// Returns whether the signature matches. If both integrity attributes are present, only the SHA-256 one
// counts (RFC 8489 9.2.4).
bool verify(const MessageView& message, Bytes key);

// Returns the value of FINGERPRINT: the CRC-32 (ITU V.42) of `message` XORed with 0x5354554E (RFC 8489 14.7).
std::uint32_t fingerprint(Bytes message);

}  // namespace turnpike::stun
