// TURN REST credentials (draft-uberti-behave-turn-rest-00): names with an expiry, passwords derived from a
// shared secret.
#pragma once

#include <string>
#include <vector>

#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

inline constexpr std::size_t kRestSecretsMax =
    16;  // each costs a key derivation for every request that none of those before it signed

// Base64 of HMAC-SHA1(secret, username): 28 characters, as coturn derives it.
std::string rest_password(std::string_view secret, std::string_view username);

// USERNAME is `<unix expiry>[:<user id>]`. Any name of that form may exist: there is one credential for each
// secret (CRED-01, CRED-03).
class RestSecrets final : public turn::CredentialSource {
 public:
  // Newest first. Throws std::invalid_argument if there are more than kRestSecretsMax, or one is empty.
  explicit RestSecrets(std::vector<std::string> secrets);

  // The user is the user id, so that fresh names of one user count as one (CRED-05); a name without one is a
  // user of its own.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool supports_userhash() const override { return false; }
  bool empty() const override { return secrets_.empty(); }

 private:
  std::vector<std::string> secrets_;
};

}  // namespace turnpike::auth
