#include "turnpike/auth/fleet_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "turnpike/auth/derived_name.hpp"

namespace turnpike::auth {
namespace {

constexpr std::string_view kKind = "fleet:";
constexpr std::string_view kKeyLabel = "turnpike: credentials of a fleet";

struct Name {
  DerivedName parts;
  std::string_view key_id;
};

// The letter keeps the end of the name from being a number, which TURN REST would take for an expiry.
std::optional<Name> read(std::string_view username) {
  const auto parts = read_derived_name(kKind, username);
  if (!parts || parts->end.size() != 1 + kKeyIdSize || parts->end.front() != 'f') return std::nullopt;
  return Name{*parts, parts->end.substr(1)};
}

}  // namespace

FleetCredentials::FleetCredentials(const std::vector<std::string>& secrets)
    : keys_(derive_keys(secrets, kKeyLabel)) {}

std::optional<MintedCredential> FleetCredentials::mint(std::string_view user_id,
                                                       UnixSeconds expiry_unix_s) const {
  if (keys_.empty() || user_id.empty() || expiry_unix_s <= 0) return std::nullopt;
  const crypto::DerivedKey& key = keys_.front();
  std::string username = fmt::format("{}{}:{}:f{}", kKind, expiry_unix_s, user_id, key.id);
  if (username.size() > kUsernameSizeMax) return std::nullopt;
  std::string password = derived_password(key, username);
  return MintedCredential{std::move(username), std::move(password)};
}

void FleetCredentials::find(std::string_view username, std::vector<turn::Credential>& out) const {
  const auto name = read(username);
  if (!name) return;
  std::ranges::move(derived_credentials(keys_, name->key_id,
                                        {.username = std::string(username),
                                         .password = {},
                                         .user_id = std::string(name->parts.whom),
                                         .expires_unix_s = name->parts.expires_unix_s}),
                    std::back_inserter(out));
}

bool FleetCredentials::knows_key_of(std::string_view username) const {
  const auto name = read(username);
  return !name || std::ranges::find(keys_, name->key_id, &crypto::DerivedKey::id) != keys_.end();
}

}  // namespace turnpike::auth
