// TURN REST names and passwords.
#include "turnpike/auth/rest_secret.hpp"

#include <algorithm>
#include <stdexcept>

#include "turnpike/auth/expiry.hpp"
#include "turnpike/crypto/base64.hpp"
#include "turnpike/crypto/hmac.hpp"

namespace turnpike::auth {

std::string rest_password(std::string_view secret, std::string_view username) {
  return crypto::base64_encode(crypto::hmac_sha1(as_bytes(secret), as_bytes(username)));
}

RestSecrets::RestSecrets(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {
  if (secrets_.size() > kRestSecretsMax) {
    throw std::invalid_argument("more than " + std::to_string(kRestSecretsMax) + " TURN REST secrets");
  }
  if (std::ranges::any_of(secrets_, &std::string::empty))
    throw std::invalid_argument("a TURN REST secret is empty");
}

void RestSecrets::find(std::string_view username, std::vector<turn::Credential>& out) const {
  const std::size_t colon = username.find(':');
  const auto expiry = parse_expiry(username.substr(0, colon));
  if (!expiry) return;
  const bool has_user_id = colon != std::string_view::npos && colon + 1 < username.size();
  const std::string_view user_id = has_user_id ? username.substr(colon + 1) : username;
  for (const std::string& secret : secrets_) {
    out.push_back({std::string(username), rest_password(secret, username), std::string(user_id), expiry});
  }
}

}  // namespace turnpike::auth
