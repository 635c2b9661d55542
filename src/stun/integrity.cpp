// What integrity attributes cover, and CRC-32 by a table.
#include "turnpike/stun/integrity.hpp"

#include <algorithm>
#include <initializer_list>

#include "turnpike/crypto/constant_time.hpp"
#include "turnpike/crypto/hmac.hpp"

namespace turnpike::stun {
namespace {

constexpr std::uint32_t kFingerprintMask = 0x5354554E;

// The HMAC covers what stands before the attribute, with a header whose Length ends behind it (RFC
// 8489 14.5, 14.6). A value of another size than the HMAC equals none: TURN permits no truncation.
template <class Mac>
bool verify_at(const MessageView& message, std::size_t at, Bytes key, Mac (*hmac)(Bytes, Bytes, Bytes)) {
  if (at == 0) return false;
  const Bytes claimed = message.attribute_at(at).value;
  std::array<std::uint8_t, kHeaderSize> header;
  std::ranges::copy(message.bytes().first(kHeaderSize), header.begin());
  store_be16(&header[2], static_cast<std::uint16_t>(at + 4 + claimed.size() - kHeaderSize));
  return crypto::equal_constant_time(
      hmac(key, header, message.bytes().subspan(kHeaderSize, at - kHeaderSize)), claimed);
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
    table[i] = crc;
  }
  return table;
}

constexpr auto kCrcTable = make_crc_table();

}  // namespace

Key long_term_key(PasswordAlgorithm algorithm, std::string_view username, std::string_view realm,
                  std::string_view password) {
  const auto as_key = [](const auto& digest) {
    Key key;
    std::ranges::copy(digest, key.bytes.begin());
    key.size = digest.size();
    return key;
  };
  const std::initializer_list<std::string_view> parts = {username, ":", realm, ":", password};
  return algorithm == PasswordAlgorithm::md5 ? as_key(crypto::md5(parts)) : as_key(crypto::sha256(parts));
}

crypto::Sha256 userhash(std::string_view username, std::string_view realm) {
  return crypto::sha256({username, ":", realm});
}

bool verify_sha1(const MessageView& message, Bytes key) {
  return verify_at(message, message.integrity_sha1_at(), key, &crypto::hmac_sha1);
}

bool verify_sha256(const MessageView& message, Bytes key) {
  return verify_at(message, message.integrity_sha256_at(), key, &crypto::hmac_sha256);
}

bool verify(const MessageView& message, Bytes key) {
  return message.integrity_sha256_at() != 0 ? verify_sha256(message, key) : verify_sha1(message, key);
}

std::uint32_t fingerprint(Bytes message) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : message) crc = crc >> 8 ^ kCrcTable[(crc ^ byte) & 0xFF];
  return ~crc ^ kFingerprintMask;
}

}  // namespace turnpike::stun
