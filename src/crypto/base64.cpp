#include "turnpike/crypto/base64.hpp"

#include <openssl/evp.h>

#include <cstdint>

namespace turnpike::crypto {
namespace {

constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string base64_encode(Bytes bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and the NUL that OpenSSL appends
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string base64url_encode(std::string_view bytes) {
  std::string text;
  std::uint32_t held = 0;
  std::size_t held_n = 0;  // bits
  for (const char byte : bytes) {
    held = held << 8 | static_cast<std::uint8_t>(byte);
    for (held_n += 8; held_n >= 6; held_n -= 6) text += kBase64Url[held >> (held_n - 6) & 63];
  }
  if (held_n > 0) text += kBase64Url[held << (6 - held_n) & 63];
  return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  std::string bytes;
  std::uint32_t held = 0;
  std::size_t held_n = 0;
  for (const char c : text) {
    const std::size_t digit = kBase64Url.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    held = held << 6 | static_cast<std::uint32_t>(digit);
    held_n += 6;
    if (held_n >= 8) bytes += static_cast<char>(held >> (held_n -= 8));
  }
  const std::uint32_t left_over = held & ((1U << held_n) - 1);
  if (held_n >= 6 || left_over != 0) return std::nullopt;
  return bytes;
}

}  // namespace turnpike::crypto
