// LiveKit's access tokens: JSON web tokens signed with HS256 and the secret of an API key (RFC 7519, RFC
// 7515).
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::livekit {

// Bytes of a token that is accepted at most. LiveKit's own have 200 to 500; metadata and attributes make
// more.
inline constexpr std::size_t kAccessTokenSizeMax = 16384;
// Seconds by which clocks may differ, as in LiveKit.
inline constexpr std::int64_t kTokenLeeway_s = 60;

// The claims of a verified token that this server uses. Texts may hold any characters, and are empty if the
// token lacks them.
struct AccessToken {
  std::string api_key;
  std::string identity;  // `sub`, or `jti` if that is empty; tokens of webhooks have none
  std::string room;      // `video.room`
  bool room_join = false;
  std::string sha256;  // base64 of the hash of the webhook body that the token signs
  UnixSeconds expires_unix_s = 0;
  std::optional<UnixSeconds> issued_unix_s = std::nullopt;  // `nbf`, or `iat` if there is no `nbf`

  bool operator==(const AccessToken&) const = default;
};

// The reason why a token is refused.
enum class TokenFault { malformed, not_hs256, unknown_key, bad_signature, expired, not_yet_valid };
// Returns the fault in words, for messages.
std::string_view to_string(TokenFault fault);

// Verifies a token as LiveKit does, and more strictly: base64url in its canonical form, JSON without
// ambiguity, no `crit`. Before the signature is verified, only the name of the key is taken from the token.
Result<AccessToken, TokenFault> verify_access_token(std::string_view token, const auth::Secrets& secrets,
                                                    UnixSeconds now_unix_s);

// Returns a token with these claims, signed with HS256, for LiveKit's server API.
std::string sign_access_token(const boost::json::object& claims, std::string_view secret);

}  // namespace turnpike::livekit
