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

inline constexpr std::size_t kAccessTokenSizeMax =
    16384;  // bytes; LiveKit's own are 200-500, metadata and attributes make more
inline constexpr std::int64_t kTokenLeeway_s = 60;  // by which clocks may differ, as LiveKit allows

// What this server reads of a token that holds. Texts may have any characters, and are empty where the token
// says nothing.
struct AccessToken {
  std::string api_key;
  std::string identity;  // `sub`, or `jti` where that is empty; webhooks have none
  std::string room;      // `video.room`
  bool room_join = false;
  std::string sha256;  // base64, of the body of the webhook that the token signs
  UnixSeconds expires_unix_s = 0;
  std::optional<UnixSeconds> issued_unix_s = std::nullopt;  // `nbf`, or `iat` where there is none

  bool operator==(const AccessToken&) const = default;
};

enum class TokenFault { malformed, not_hs256, unknown_key, bad_signature, expired, not_yet_valid };
std::string_view to_string(TokenFault fault);

// Verifies what LiveKit would, and more strictly: base64url in its one form, JSON without ambiguity, no
// `crit`. Nothing of the token is believed before the signature except which key to verify it with.
Result<AccessToken, TokenFault> verify_access_token(std::string_view token, const auth::Secrets& secrets,
                                                    UnixSeconds now_unix_s);

// A token with these claims, for LiveKit's server API.
std::string sign_access_token(const boost::json::object& claims, std::string_view secret);

}  // namespace turnpike::livekit
