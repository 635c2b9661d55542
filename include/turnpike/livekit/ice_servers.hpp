// The token exchange: gives TURN credentials to whoever shows a valid access token of LiveKit.
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

// The settings of the exchange.
struct TokenExchange {
  auth::Secrets secrets;
  std::vector<std::string> urls;      // turn: and turns: URIs of this server
  std::int64_t ttl_s = 300;           // positive
  auth::FleetCredentials fleet = {};  // makes the credentials; if empty, the token's API key does
};

// An HTTP response with a JSON body: an RTCIceServer with status 200, otherwise {"error": why}.
struct ExchangeAnswer {
  int status = 200;
  std::string body;
  // With status 200: the room and identity that the credential is for, and when the token was issued, if it
  // says so.
  Membership membership{};
  std::optional<UnixSeconds> issued_unix_s = std::nullopt;
};

// Exchanges a token. `authorization` is the value of the header, "Bearer TOKEN". Answers 401 if the token is
// not valid, 403 if it does not allow joining a room, 500 if no credential can be made. The credential
// belongs to the bound user of room and identity (bound_user_id()); it is one of the fleet, or derived from
// the token's API key as LiveKit's embedded server does, and expires after `ttl_s` or with the token,
// whichever is sooner. After the token is verified, `find_urls` may return other URLs; if it is null or
// returns none, those of `exchange` are used.
ExchangeAnswer exchange_token(std::string_view authorization, const TokenExchange& exchange,
                              UnixSeconds now_unix_s,
                              const std::function<std::vector<std::string>()>& find_urls = nullptr);

}  // namespace turnpike::livekit
