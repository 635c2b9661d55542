#include "turnpike/crypto/derived_key.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace turnpike::crypto {
namespace {

constexpr std::string_view kIdLabel = "turnpike: id of the key";
constexpr std::size_t kIdBytes = 4;

}  // namespace

DerivedKey derive_key(std::string_view secret, std::string_view label) {
  const Sha256Mac key = hmac_sha256(as_bytes(secret), as_bytes(label));
  const Sha256Mac id = hmac_sha256(key, as_bytes(kIdLabel));
  return {key, fmt::format("{:02x}", fmt::join(Bytes(id).first(kIdBytes), ""))};
}

}  // namespace turnpike::crypto
