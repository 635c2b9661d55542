// The token exchange: TURN credentials for whoever shows an access token of LiveKit.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/auth/fleet_credentials.hpp"
#include "turnpike/auth/secrets.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/livekit/access_token.hpp"
#include "turnpike/livekit/room_registry.hpp"

namespace turnpike::livekit {

struct TokenExchange {
  auth::Secrets secrets;
  std::vector<std::string> urls;      // turn: and turns: URIs of this server
  std::int64_t ttl_s = 300;           // positive
  auth::FleetCredentials fleet = {};  // what makes the credentials; empty: the token's API key
};

// An HTTP response with a JSON body: 200 with an RTCIceServer, or {"error": why}.
struct ExchangeAnswer {
  int status = 200;
  std::string body;
  // With 200: whose bound user the credential is, and when the token was issued, if it says so.
  Membership membership{};
  std::optional<UnixSeconds> issued_unix_s = std::nullopt;
};

// `authorization` is the value of the header, "Bearer TOKEN". The token must allow its bearer to join a room:
// 401 if it does not hold, 403 if it allows something else. The credential is the user's of that room and
// identity (bound_user_id), is of the fleet, or else derived from the token's API key as LiveKit derives
// those of its embedded server, and expires after `ttl_s` or with the token, whichever is sooner. `find_urls`
// is asked for other URLs once the token is known to hold; null or none: those of the exchange.
ExchangeAnswer exchange_token(std::string_view authorization, const TokenExchange& exchange,
                              UnixSeconds now_unix_s,
                              const std::function<std::vector<std::string>()>& find_urls = nullptr);

}  // namespace turnpike::livekit
