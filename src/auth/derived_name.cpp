#include "turnpike/auth/derived_name.hpp"

#include "turnpike/auth/expiry.hpp"
#include "turnpike/crypto/base64.hpp"

namespace turnpike::auth {

std::optional<DerivedName> read_derived_name(std::string_view kind, std::string_view username) {
  if (!username.starts_with(kind)) return std::nullopt;
  const std::string_view rest = username.substr(kind.size());
  const std::size_t first = rest.find(':'), last = rest.rfind(':');
  if (first == rest.npos || last <= first + 1) return std::nullopt;
  const auto expiry = parse_expiry(rest.substr(0, first));
  if (!expiry) return std::nullopt;
  return DerivedName{*expiry, rest.substr(first + 1, last - first - 1), rest.substr(last + 1)};
}

std::vector<crypto::DerivedKey> derive_keys(const std::vector<std::string>& secrets, std::string_view label) {
  std::vector<crypto::DerivedKey> keys;
  for (const std::string& secret : secrets) {
    if (!secret.empty()) keys.push_back(crypto::derive_key(secret, label));
  }
  return keys;
}

std::vector<turn::Credential> derived_credentials(const std::vector<crypto::DerivedKey>& keys,
                                                  std::string_view key_id,
                                                  const turn::Credential& credential) {
  std::vector<turn::Credential> credentials;
  for (const crypto::DerivedKey& key : keys) {
    if (key.id != key_id) continue;
    credentials.push_back(credential);
    credentials.back().password = derived_password(key, credential.username);
  }
  return credentials;
}

std::string derived_password(const crypto::DerivedKey& key, std::string_view username) {
  return crypto::base64_encode(crypto::hmac_sha256(key.bytes, as_bytes(username)));
}

}  // namespace turnpike::auth
