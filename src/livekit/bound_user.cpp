#include "turnpike/livekit/bound_user.hpp"

#include <openssl/sha.h>

#include <array>

#include "turnpike/livekit/base62.hpp"

namespace turnpike::livekit {
namespace {

constexpr std::size_t kBoundUserBytes = 16;  // of the hash: 128 bits collide for nobody

}  // namespace

std::string bound_user_id(std::string_view room_name, std::string_view identity) {
  // The length tells where the name ends, whatever is in it.
  const std::string both = std::to_string(room_name.size()) + ":" + std::string(room_name) + std::string(identity);
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
  SHA256(as_bytes(both).data(), both.size(), digest.data());
  return std::string(kBoundUserPrefix) + base62_encode(Bytes{digest}.first(kBoundUserBytes));
}

}  // namespace turnpike::livekit
