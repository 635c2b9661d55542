#include "turnpike/fleet/seal.hpp"

#include <algorithm>

#include "turnpike/crypto/base64.hpp"
#include "turnpike/crypto/constant_time.hpp"
#include "turnpike/crypto/hmac.hpp"

namespace turnpike::fleet {
namespace {

constexpr std::string_view kVersion = "1.";
constexpr std::size_t kMacSize = 16;
constexpr std::size_t kMacTextSize = 22;
constexpr std::size_t kTagSize = 6;

std::string mac_of(Bytes key, std::string_view payload) {
  const auto mac = crypto::hmac_sha256(key, as_bytes(payload));
  return crypto::base64url_encode(as_text(Bytes(mac).first(kMacSize)));
}

}  // namespace

std::string_view to_string(Kind kind) {
  constexpr std::string_view kNames[kKinds] = {"node",       "word", "places", "user-rates",
                                               "room-rates", "news", "order"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(RecordFault fault) {
  constexpr std::string_view kNames[kRecordFaults] = {"too_long",   "other_version", "not_sealed",
                                                      "wrong_seal", "malformed",     "misplaced"};
  return kNames[static_cast<std::size_t>(fault)];
}

Seal::Seal(std::string_view secret, std::string_view previous) {
  keyrings_.push_back(keyring_of(secret));
  if (!previous.empty() && previous != secret) keyrings_.push_back(keyring_of(previous));
}

Seal::Keyring Seal::keyring_of(std::string_view secret) {
  const auto derive = [&](std::string_view purpose) {
    return crypto::hmac_sha256(as_bytes(secret), as_bytes("turnpike fleet "), as_bytes(purpose));
  };
  Keyring keyring;
  keyring.is_open = secret.empty();
  keyring.tag =
      secret.empty() ? "open" : crypto::base64url_encode(as_text(Bytes(derive("tag")).first(kTagSize)));
  for (std::size_t kind = 0; kind < kKinds; ++kind)
    keyring.kinds[kind] = derive(to_string(static_cast<Kind>(kind)));
  keyring.names = derive("names");
  return keyring;
}

std::string Seal::close(Kind kind, std::string_view payload) const {
  const Keyring& keyring = keyrings_.front();
  std::string record(kVersion);
  if (!keyring.is_open) record += mac_of(keyring.kinds[static_cast<std::size_t>(kind)], payload);
  record += '.';
  return record.append(payload);
}

Result<std::string_view, RecordFault> Seal::open(Kind kind, std::string_view record) const {
  if (record.size() > kRecordSizeMax) return RecordFault::too_long;
  if (!record.starts_with(kVersion)) return RecordFault::other_version;
  record.remove_prefix(kVersion.size());
  const std::size_t dot = record.substr(0, kMacTextSize + 1).find('.');
  if (dot == std::string_view::npos) return RecordFault::not_sealed;
  const std::string_view seal = record.substr(0, dot);
  const std::string_view payload = record.substr(dot + 1);
  const bool is_right = std::ranges::any_of(keyrings_, [&](const Keyring& keyring) {
    if (keyring.is_open) return seal.empty();
    const std::string wanted = mac_of(keyring.kinds[static_cast<std::size_t>(kind)], payload);
    return crypto::equal_constant_time(as_bytes(seal), as_bytes(wanted));
  });
  if (is_right) return payload;
  return seal.empty() ? RecordFault::not_sealed : RecordFault::wrong_seal;
}

std::vector<std::string> Seal::tags() const {
  std::vector<std::string> tags;
  for (const Keyring& keyring : keyrings_) tags.push_back(keyring.tag);
  return tags;
}

Who Seal::digest_with(const Keyring& keyring, std::string_view name, std::size_t offset) {
  const auto mac = crypto::hmac_sha256(keyring.names, as_bytes(name));
  const std::uint8_t* const at = mac.data() + offset;
  return std::uint64_t{load_be32(at)} << 32 | load_be32(at + 4);
}

Digests Seal::digests(std::string_view name) const {
  Digests digests;
  for (const Keyring& keyring : keyrings_) digests.push_back(digest_with(keyring, name));
  return digests;
}

Digests Seal::wish_digests(std::string_view name) const {
  Digests digests;
  for (const Keyring& keyring : keyrings_) digests.push_back(digest_with(keyring, name, sizeof(Who)));
  return digests;
}

std::vector<std::string> Seal::long_digests(std::string_view name) const {
  std::vector<std::string> digests;
  for (const Keyring& keyring : keyrings_) digests.push_back(mac_of(keyring.names, name));
  return digests;
}

}  // namespace turnpike::fleet
