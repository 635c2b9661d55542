// Credentials for strangers who test their connection to the server: few, short-lived, and good for nothing
// else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/auth/mint.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/crypto/derived_key.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

// Makes and finds the credentials of visitors. Names are `check:<unix expiry>:<origin>:v<key id><random>`,
// passwords the Base64 of HMAC-SHA256(key, name). Keys are derived from secrets, so that all servers with the
// same secret accept a credential of any of them. A key does not reveal the secret.
class Visitors final : public turn::CredentialSource {
 public:
  // `secrets`: newest first, of any length; empty ones are ignored.
  explicit Visitors(const std::vector<std::string>& secrets);

  // Returns a credential made with the newest secret, which lives turn::kVisitorLifeMax_s seconds. Returns
  // nullopt if there is no secret.
  std::optional<MintedCredential> mint(const IpAddress& client, UnixSeconds now, Random& random) const;

  // The user id is `check:` and the visitor's origin (turnpike::origin_of), so that all credentials of an
  // IPv4 address or an IPv6 /64 share their places.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool supports_userhash() const override { return false; }
  bool empty() const override { return keys_.empty(); }

 private:
  std::vector<crypto::DerivedKey> keys_;
};

// Returns a client's origin as names and user ids contain it: "192.0.2.1", "2001:db8::/64".
std::string visitor_origin(const IpAddress& client);

}  // namespace turnpike::auth
