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

// Most secrets: a request costs a key derivation for each secret that did not sign it.
inline constexpr std::size_t kRestSecretsMax = 16;

// Returns the password of a name as coturn derives it: Base64 of HMAC-SHA1(secret, username), 28 characters.
std::string rest_password(std::string_view secret, std::string_view username);

// Says how names are written and how long they may hold.
struct RestNames {
  std::string separator = ":";  // between expiry and user id; never empty
  std::optional<std::int64_t> ttl_max_s =
      std::nullopt;  // how many seconds ahead an expiry may lie; nullopt: any
};

// Holds the parts of a name. The user id is the whole name if the name has none.
struct RestName {
  UnixSeconds expires_unix_s;
  std::string_view user_id;
};

// Reads `<unix expiry>[<separator><user id>]` or `<user id><separator><unix expiry>`, as coturn does. If both
// parts are numbers, the first is the expiry unless it lies before September 2001. Returns nullopt if there
// is no expiry.
std::optional<RestName> read_rest_name(std::string_view username, std::string_view separator);

// Finds the credentials of TURN REST names: each well-formed name has one credential for each secret.
class RestSecrets final : public turn::CredentialSource {
 public:
  // `secrets`: newest first. Throws std::invalid_argument if there are more than kRestSecretsMax, or one is
  // empty.
  explicit RestSecrets(std::vector<std::string> secrets, RestNames names = {});

  // Quotas count by the user id, so that all names of a user count as one. A name without a user id is shared
  // by everybody who has it.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool supports_userhash() const override { return false; }
  bool empty() const override { return secrets_.empty(); }

 private:
  std::vector<std::string> secrets_;
  RestNames names_;
};

}  // namespace turnpike::auth
