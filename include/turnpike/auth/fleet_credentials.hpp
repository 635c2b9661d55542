// Credentials that every server of a fleet accepts, whichever server made them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/auth/mint.hpp"
#include "turnpike/crypto/derived_key.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

// Makes and finds the credentials of a fleet. Names are `fleet:<unix expiry>:<user id>:f<key id>`, passwords
// the Base64 of HMAC-SHA256(key, name). Keys are derived from the fleet's secrets.
class FleetCredentials final : public turn::CredentialSource {
 public:
  FleetCredentials() = default;
  // The first secret makes credentials, and credentials of all secrets are accepted. Empty secrets are
  // ignored.
  explicit FleetCredentials(const std::vector<std::string>& secrets);

  // Returns a new credential. Returns nullopt if there is no secret, the user id is empty, the expiry is not
  // positive, or the name would be longer than kUsernameSizeMax.
  std::optional<MintedCredential> mint(std::string_view user_id, UnixSeconds expiry_unix_s) const;

  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool knows_key_of(std::string_view username) const override;
  bool supports_userhash() const override { return false; }
  bool empty() const override { return keys_.empty(); }

 private:
  std::vector<crypto::DerivedKey> keys_;
};

}  // namespace turnpike::auth
