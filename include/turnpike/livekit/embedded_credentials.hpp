// The credentials of LiveKit's embedded TURN server: name and password are derived from an API key, its
// secret and the participant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "turnpike/auth/mint.hpp"
#include "turnpike/auth/secrets.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::livekit {

// Base62 of `api_key|participant_sid|expiry`.
std::string embedded_username(std::string_view api_key, std::string_view participant_sid,
                              UnixSeconds expiry_unix_s);
// Base62 of SHA-256(`api_secret|participant_sid|expiry`).
std::string embedded_password(std::string_view api_secret, std::string_view participant_sid,
                              UnixSeconds expiry_unix_s);

// A credential that EmbeddedCredentials accepts. No value if the expiry is not positive, the name would be
// longer than auth::kUsernameSizeMax (RFC 8489 14.3), or an empty part or a '|' in one makes the name
// ambiguous.
std::optional<auth::MintedCredential> mint_embedded(std::string_view api_key, std::string_view api_secret,
                                                    std::string_view participant_sid,
                                                    UnixSeconds expiry_unix_s);

// What LiveKit makes of its `turn.ttl_seconds`: 300 if not positive, at most a day.
std::int64_t embedded_ttl_s(std::int64_t configured_s);

class EmbeddedCredentials final : public turn::CredentialSource {
 public:
  // Throws std::invalid_argument, naming the API key, if it is empty or contains '|', or if its secret is
  // empty.
  explicit EmbeddedCredentials(auth::Secrets secrets);

  // The user is the participant's SID: LiveKit gives the same participant another name at each reconnect.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool knows_key_of(std::string_view username) const override;
  bool supports_userhash() const override { return false; }
  bool empty() const override { return secrets_.empty(); }

 private:
  auth::Secrets secrets_;
};

}  // namespace turnpike::livekit
