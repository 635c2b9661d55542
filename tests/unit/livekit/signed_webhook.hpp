// The authorization of a webhook, signed by the test as LiveKit signs it.
#pragma once

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <string>
#include <string_view>

#include "turnpike/base/bytes.hpp"
#include "turnpike/livekit/access_token.hpp"

namespace turnpike::livekit {

inline std::string sha256_base64(std::string_view body) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(as_bytes(body).data(), body.size(), digest.data());
  std::array<unsigned char, 45> text;
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  return {text.begin(), text.begin() + 44};
}

// Of the API key "APIkey".
inline std::string sign_webhook(std::string_view body, std::string_view secret, UnixSeconds expires) {
  return sign_access_token({{"iss", "APIkey"}, {"exp", expires}, {"sha256", sha256_base64(body)}}, secret);
}

}  // namespace turnpike::livekit
