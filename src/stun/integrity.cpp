// HMACs and digests by OpenSSL, CRC-32 by a table.
#include "turnpike/stun/integrity.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <memory>

namespace turnpike::stun {
namespace {

constexpr std::uint32_t kFingerprintMask = 0x5354554E;

// OpenSSL fails here only without memory or without the algorithm (MD5 in FIPS mode): a server that cannot authenticate must not run on.
void require(bool ok) {
  if (!ok) std::abort();
}

// One HMAC with a fixed digest. Looking the algorithm up costs more than the HMAC of a STUN message, so that is done once a thread.
class Hmac {
 public:
  explicit Hmac(const char* digest) {
    EVP_MAC* mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
    context_ = mac != nullptr ? EVP_MAC_CTX_new(mac) : nullptr;
    EVP_MAC_free(mac);
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>(digest), 0),
                                 OSSL_PARAM_construct_end()};
    require(context_ != nullptr && EVP_MAC_CTX_set_params(context_, params) == 1);
  }
  ~Hmac() { EVP_MAC_CTX_free(context_); }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;

  void compute(Bytes key, Bytes head, Bytes rest, MutableBytes out) {
    static constexpr std::uint8_t kEmptyKey[1] = {};
    // A null key would mean the previous one.
    require(EVP_MAC_init(context_, key.empty() ? kEmptyKey : key.data(), key.size(), nullptr) == 1);
    require(EVP_MAC_update(context_, head.data(), head.size()) == 1 && EVP_MAC_update(context_, rest.data(), rest.size()) == 1);
    std::size_t size = 0;
    require(EVP_MAC_final(context_, out.data(), &size, out.size()) == 1 && size == out.size());
  }

 private:
  EVP_MAC_CTX* context_;
};

using Sha1Mac = std::array<std::uint8_t, kSha1Size>;
using Sha256Mac = std::array<std::uint8_t, kSha256Size>;

Sha1Mac hmac_sha1_of(Bytes key, Bytes head, Bytes rest) {
  thread_local Hmac hmac("SHA1");
  Sha1Mac out;
  hmac.compute(key, head, rest, out);
  return out;
}

Sha256Mac hmac_sha256_of(Bytes key, Bytes head, Bytes rest) {
  thread_local Hmac hmac("SHA256");
  Sha256Mac out;
  hmac.compute(key, head, rest, out);
  return out;
}

// The HMAC covers what stands before the attribute, with a header whose Length ends behind it (RFC 8489 14.5, 14.6). A value of another
// size than the HMAC equals none (INT-03).
template <class Mac>
bool verify_at(const MessageView& message, std::size_t at, Bytes key, Mac (*hmac)(Bytes, Bytes, Bytes)) {
  if (at == 0) return false;
  const Bytes claimed = message.attribute_at(at).value;
  std::array<std::uint8_t, kHeaderSize> header;
  std::ranges::copy(message.bytes().first(kHeaderSize), header.begin());
  store_be16(&header[2], static_cast<std::uint16_t>(at + 4 + claimed.size() - kHeaderSize));
  return equal_constant_time(hmac(key, header, message.bytes().subspan(kHeaderSize, at - kHeaderSize)), claimed);
}

void digest(const EVP_MD* algorithm, std::initializer_list<std::string_view> parts, MutableBytes out) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  require(context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  for (const std::string_view part : parts) require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  require(EVP_MD_get_size(algorithm) == static_cast<int>(out.size()) && EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
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

Key long_term_key(PasswordAlgorithm algorithm, std::string_view username, std::string_view realm, std::string_view password) {
  const bool md5 = algorithm == PasswordAlgorithm::md5;
  Key key;
  key.size = md5 ? 16 : 32;
  digest(md5 ? EVP_md5() : EVP_sha256(), {username, ":", realm, ":", password}, MutableBytes{key.bytes}.first(key.size));
  return key;
}

std::array<std::uint8_t, kSha256Size> userhash(std::string_view username, std::string_view realm) {
  std::array<std::uint8_t, kSha256Size> out;
  digest(EVP_sha256(), {username, ":", realm}, out);
  return out;
}

bool verify_sha1(const MessageView& message, Bytes key) { return verify_at(message, message.integrity_sha1_at(), key, &hmac_sha1_of); }

bool verify_sha256(const MessageView& message, Bytes key) {
  return verify_at(message, message.integrity_sha256_at(), key, &hmac_sha256_of);
}

bool verify(const MessageView& message, Bytes key) {
  return message.integrity_sha256_at() != 0 ? verify_sha256(message, key) : verify_sha1(message, key);
}

std::array<std::uint8_t, kSha1Size> hmac_sha1(Bytes key, Bytes message) { return hmac_sha1_of(key, message, {}); }

std::array<std::uint8_t, kSha256Size> hmac_sha256(Bytes key, Bytes message) { return hmac_sha256_of(key, message, {}); }

std::uint32_t fingerprint(Bytes message) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : message) crc = crc >> 8 ^ kCrcTable[(crc ^ byte) & 0xFF];
  return ~crc ^ kFingerprintMask;
}

bool equal_constant_time(Bytes a, Bytes b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace turnpike::stun
