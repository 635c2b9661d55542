// TURN REST names and passwords.
#include "turnpike/auth/rest_secret.hpp"

#include <algorithm>
#include <stdexcept>

#include "turnpike/auth/expiry.hpp"
#include "turnpike/crypto/base64.hpp"
#include "turnpike/crypto/hmac.hpp"

namespace turnpike::auth {
namespace {

constexpr UnixSeconds kOldestExpiry = 1'000'000'000;  // a smaller number is somebody's, not a time

}  // namespace

std::string rest_password(std::string_view secret, std::string_view username) {
  return crypto::base64_encode(crypto::hmac_sha1(as_bytes(secret), as_bytes(username)));
}

std::optional<RestName> read_rest_name(std::string_view username, std::string_view separator) {
  const std::size_t first = username.find(separator);
  const auto front = parse_expiry(username.substr(0, first));
  if (first == std::string_view::npos)
    return front ? std::optional(RestName{*front, username}) : std::nullopt;
  if (!front || *front < kOldestExpiry) {
    const std::size_t last = username.rfind(separator);
    const auto back = last == 0 ? std::nullopt : parse_expiry(username.substr(last + separator.size()));
    if (back) return RestName{*back, username.substr(0, last)};
  }
  if (!front) return std::nullopt;
  const std::string_view user_id = username.substr(first + separator.size());
  return RestName{*front, user_id.empty() ? username : user_id};
}

RestSecrets::RestSecrets(std::vector<std::string> secrets, RestNames names)
    : secrets_(std::move(secrets)), names_(std::move(names)) {
  if (secrets_.size() > kRestSecretsMax) {
    throw std::invalid_argument("more than " + std::to_string(kRestSecretsMax) + " TURN REST secrets");
  }
  if (std::ranges::any_of(secrets_, &std::string::empty))
    throw std::invalid_argument("a TURN REST secret is empty");
}

void RestSecrets::find(std::string_view username, std::vector<turn::Credential>& out) const {
  const auto name = read_rest_name(username, names_.separator);
  if (!name) return;
  for (const std::string& secret : secrets_) {
    out.push_back({.username = std::string(username),
                   .password = rest_password(secret, username),
                   .user_id = std::string(name->user_id),
                   .expires_unix_s = name->expires_unix_s,
                   .ttl_max_s = names_.ttl_max_s,
                   .kind = name->user_id == username ? turn::NameKind::shared : turn::NameKind::personal});
  }
}

}  // namespace turnpike::auth
