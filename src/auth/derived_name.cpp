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

std::string derived_password(const crypto::DerivedKey& key, std::string_view username) {
  return crypto::base64_encode(crypto::hmac_sha256(key.bytes, as_bytes(username)));
}

}  // namespace turnpike::auth
