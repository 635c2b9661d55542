// Users named in the configuration, each with a password or with the key that was derived from one.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/stun/integrity.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

// Finds the credentials of configured users.
class UserList final : public turn::CredentialSource {
 public:
  // Prepares names, passwords and the realm with OpaqueString (RFC 8265 4.2); passwords are accepted in all
  // their hashed_forms(). `md5_keys`: by name, 32 hexadecimal digits, optionally after `0x`. Throws
  // std::invalid_argument that names the user or the realm if it cannot be prepared, a key is malformed, or
  // two names are equal once prepared.
  UserList(const Secrets& users, std::string_view realm, const Secrets& md5_keys = {});

  // The credential's username is the name as the client wrote it, because a client that does not prepare
  // names has hashed that into its key. The user id is the prepared name, shared by everybody who knows it.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const override;
  bool supports_userhash() const override { return true; }
  // Returns false if some user has only an MD5 key, from which no SHA-256 key can be made.
  bool supports_sha256() const override { return keys_.empty(); }
  bool empty() const override { return passwords_.empty() && keys_.empty(); }

 private:
  using UserHash = crypto::Sha256;

  // Adds a name and returns its prepared form.
  std::string add_name(const std::string& name, std::string_view realm);

  std::map<std::string, std::vector<std::string>, std::less<>>
      passwords_;  // by prepared name, in all hashed_forms()
  std::map<std::string, stun::Key, std::less<>> keys_;
  std::map<UserHash, std::string> names_by_hash_;
};

}  // namespace turnpike::auth
