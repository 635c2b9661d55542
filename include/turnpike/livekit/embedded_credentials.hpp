// The credentials of LiveKit's embedded TURN server: name and password follow from an API key, its secret and
// the participant.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "turnpike/auth/mint.hpp"
#include "turnpike/auth/secrets.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::livekit {

// Returns base62 of `api_key|participant_sid|expiry`.
std::string embedded_username(std::string_view api_key, std::string_view participant_sid,
                              UnixSeconds expiry_unix_s);
// Returns base62 of SHA-256(`api_secret|participant_sid|expiry`).
std::string embedded_password(std::string_view api_secret, std::string_view participant_sid,
                              UnixSeconds expiry_unix_s);

// Makes a credential that EmbeddedCredentials accepts. Returns no value if the expiry is not positive, if the
// name would exceed auth::kUsernameSizeMax (RFC 8489 14.3), or if a part is empty or contains '|'.
std::optional<auth::MintedCredential> mint_embedded(std::string_view api_key, std::string_view api_secret,
                                                    std::string_view participant_sid,
                                                    UnixSeconds expiry_unix_s);

// Returns the seconds that LiveKit takes for a configured `turn.ttl_seconds`: 300 if it is not positive, at
// most a day.
std::int64_t embedded_ttl_s(std::int64_t configured_s);

// Finds these credentials for the API keys and secrets it was given.
class EmbeddedCredentials final : public turn::CredentialSource {
 public:
  // Throws std::invalid_argument, which names the API key, if a key is empty or contains '|', or if a secret
  // is empty.
  explicit EmbeddedCredentials(auth::Secrets secrets);

  // Finds the credential. Its user is the participant's SID, because LiveKit gives a participant a new name
  // at each reconnect.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool knows_key_of(std::string_view username) const override;
  bool supports_userhash() const override { return false; }
  bool empty() const override { return secrets_.empty(); }

 private:
  auth::Secrets secrets_;
};

}  // namespace turnpike::livekit
