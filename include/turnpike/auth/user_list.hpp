// Users named in the configuration, each with a password.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/stun/integrity.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

class UserList final : public turn::CredentialSource {
 public:
  // Names, passwords and the realm are prepared with OpaqueString (AUTH-26). Throws std::invalid_argument,
  // naming the user, if one is refused or if two names are prepared to the same.
  UserList(const Secrets& users, std::string_view realm);

  // The credential's username is the name as asked for: a client that skipped preparation has hashed that
  // into its key. The user id is the prepared name.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const override;
  bool supports_userhash() const override { return true; }
  bool empty() const override { return passwords_.empty(); }

 private:
  using UserHash = crypto::Sha256;

  Secrets passwords_;  // prepared
  std::map<UserHash, std::string> names_by_hash_;
};

}  // namespace turnpike::auth
