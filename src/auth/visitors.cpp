#include "turnpike/auth/visitors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "turnpike/auth/derived_name.hpp"
#include "turnpike/base/origin.hpp"

namespace turnpike::auth {
namespace {

constexpr std::string_view kBeginning = "check:";
constexpr std::string_view kKeyLabel = "turnpike: credentials of the check page";
constexpr std::size_t kChanceBytes = 8;
// An expiry further ahead is no visitor's; clocks of servers differ.
constexpr std::int64_t kAheadMax_s = 2 * std::int64_t{turn::kVisitorLifeMax_s};

std::string hex(Bytes bytes) { return fmt::format("{:02x}", fmt::join(bytes, "")); }

struct Name {
  DerivedName parts;
  std::string_view key_id;
};

std::optional<Name> read(std::string_view username) {
  const auto parts = read_derived_name(kBeginning, username);
  if (!parts || parts->end.size() != 1 + kKeyIdSize + 2 * kChanceBytes) return std::nullopt;
  return Name{*parts, parts->end.substr(1, kKeyIdSize)};
}

}  // namespace

std::string visitor_origin(const IpAddress& client) {
  const IpAddress address = client.unmapped();
  return address.is_v4() ? address.to_string() : origin_of(address).subscriber.to_string();
}

Visitors::Visitors(const std::vector<std::string>& secrets) : keys_(derive_keys(secrets, kKeyLabel)) {}

// The letter keeps the end of the name from being a number, which other kinds of names would take for an
// expiry.
std::optional<MintedCredential> Visitors::mint(const IpAddress& client, UnixSeconds now,
                                               Random& random) const {
  if (keys_.empty()) return std::nullopt;
  const crypto::DerivedKey& key = keys_.front();
  std::array<std::uint8_t, kChanceBytes> chance;
  random.fill(chance);
  std::string username = fmt::format("{}{}:{}:v{}{}", kBeginning, now + turn::kVisitorLifeMax_s,
                                     visitor_origin(client), key.id, hex(chance));
  std::string password = derived_password(key, username);
  return MintedCredential{std::move(username), std::move(password)};
}

void Visitors::find(std::string_view username, std::vector<turn::Credential>& out) const {
  const auto name = read(username);
  if (!name) return;
  std::ranges::move(derived_credentials(keys_, name->key_id,
                                        {.username = std::string(username),
                                         .password = {},
                                         .user_id = fmt::format("{}{}", kBeginning, name->parts.whom),
                                         .expires_unix_s = name->parts.expires_unix_s,
                                         .ttl_max_s = kAheadMax_s,
                                         .kind = turn::NameKind::visitor}),
                    std::back_inserter(out));
}

}  // namespace turnpike::auth
