// TURN REST credentials (draft-uberti-behave-turn-rest-00): names with an expiry, passwords derived from a
// shared secret.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

inline constexpr std::size_t kRestSecretsMax =
    16;  // each costs a key derivation for every request that none of those before it signed

// Base64 of HMAC-SHA1(secret, username): 28 characters, as coturn derives it.
std::string rest_password(std::string_view secret, std::string_view username);

struct RestNames {
  std::string separator = ":";                           // between expiry and user id; never empty
  std::optional<std::int64_t> ttl_max_s = std::nullopt;  // how far ahead an expiry may lie
};

// What a name says of itself. The user id is the whole name where there is no other.
struct RestName {
  UnixSeconds expires_unix_s;
  std::string_view user_id;
};

// Both orders are read, `<unix expiry>[<separator><user id>]` and `<user id><separator><unix expiry>`, as
// coturn reads them. Where both parts are numbers the first is the expiry, unless it lies before the year
// 2001. No value: there is no expiry.
std::optional<RestName> read_rest_name(std::string_view username, std::string_view separator);

// Any name of the form above may exist: there is one credential for each secret.
class RestSecrets final : public turn::CredentialSource {
 public:
  // Newest first. Throws std::invalid_argument if there are more than kRestSecretsMax, or one is empty.
  explicit RestSecrets(std::vector<std::string> secrets, RestNames names = {});

  // The user is the user id, so that fresh names of one user count as one; a name without one is
  // shared by whoever got it.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool supports_userhash() const override { return false; }
  bool empty() const override { return secrets_.empty(); }

 private:
  std::vector<std::string> secrets_;
  RestNames names_;
};

}  // namespace turnpike::auth
