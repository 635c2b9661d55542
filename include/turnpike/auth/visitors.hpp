// Credentials for strangers who try out the server: few, short-lived, and good for nothing else.
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

// Names are `check:<unix expiry>:<origin>:<key and chance>`, passwords the Base64 of HMAC-SHA256(key, name).
// Keys are derived from secrets that others know, too, so that every server with the same secret takes what
// one of them has made; of a key nobody learns the secret's other credentials.
class Visitors final : public turn::CredentialSource {
 public:
  // Secrets newest first, of any length; an empty one is left out.
  explicit Visitors(const std::vector<std::string>& secrets);

  // With the newest secret, for turn::kVisitorLife_s. No value if there is none.
  std::optional<MintedCredential> mint(const IpAddress& client, UnixSeconds now, Random& random) const;

  // The user is `check:` and the origin of whom it was made for (turnpike::origin_of), so that all
  // credentials of an address or a /64 share their places.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool supports_userhash() const override { return false; }
  bool empty() const override { return keys_.empty(); }

 private:
  std::vector<crypto::DerivedKey> keys_;
};

// Of a client's address, as names and user ids have it: "192.0.2.1", "2001:db8::/64".
std::string visitor_origin(const IpAddress& client);

}  // namespace turnpike::auth
