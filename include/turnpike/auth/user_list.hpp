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

class UserList final : public turn::CredentialSource {
 public:
  // Names, passwords and the realm are prepared with OpaqueString (RFC 8265 4.2); passwords hold in their
  // other hashed_forms(), too. `md5_keys`: by name, in 32 hexadecimal digits, which `0x` may precede. Throws
  // std::invalid_argument, naming the user, if one is refused or if two names are prepared to the same.
  UserList(const Secrets& users, std::string_view realm, const Secrets& md5_keys = {});

  // The credential's username is the name as asked for: a client that skipped preparation has hashed that
  // into its key. The user id is the prepared name, which whoever knows it shares.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const override;
  bool supports_userhash() const override { return true; }
  // Of an MD5 key nobody can make the other.
  bool supports_sha256() const override { return keys_.empty(); }
  bool empty() const override { return passwords_.empty() && keys_.empty(); }

 private:
  using UserHash = crypto::Sha256;

  // The prepared name.
  std::string add_name(const std::string& name, std::string_view realm);

  std::map<std::string, std::vector<std::string>, std::less<>> passwords_;  // in their hashed_forms()
  std::map<std::string, stun::Key, std::less<>> keys_;
  std::map<UserHash, std::string> names_by_hash_;
};

}  // namespace turnpike::auth
