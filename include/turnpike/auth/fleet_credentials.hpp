// Credentials that every server of a fleet takes, whichever has made them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/auth/mint.hpp"
#include "turnpike/crypto/derived_key.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

// Names are `fleet:<unix expiry>:<user id>:f<key id>`, passwords the Base64 of HMAC-SHA256(key, name). Keys
// are derived from the secrets of the fleet.
class FleetCredentials final : public turn::CredentialSource {
 public:
  FleetCredentials() = default;
  // The first makes credentials, and all are taken; an empty one is left out.
  explicit FleetCredentials(const std::vector<std::string>& secrets);

  // No value if there is no secret, the user id is empty, the expiry is not positive, or the name would be
  // longer than kUsernameSizeMax (RFC 8489 14.3).
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
