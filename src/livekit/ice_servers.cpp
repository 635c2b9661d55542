#include "turnpike/livekit/ice_servers.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "turnpike/livekit/bound_user.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::livekit {
namespace {

constexpr std::string_view kScheme = "bearer ";

ExchangeAnswer refuse(int status, std::string_view why) {
  return {.status = status, .body = boost::json::serialize(boost::json::object{{"error", why}})};
}

// The name of the scheme is the same in any case (RFC 9110 11.1).
bool has_scheme(std::string_view authorization) {
  return std::ranges::equal(authorization.substr(0, kScheme.size()), kScheme,
                            [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
}

std::optional<auth::MintedCredential> mint(const TokenExchange& exchange, const AccessToken& token,
                                           UnixSeconds expires_unix_s) {
  const std::string user_id = bound_user_id(token.room, token.identity);
  if (!exchange.fleet.empty()) return exchange.fleet.mint(user_id, expires_unix_s);
  const std::string& secret = exchange.secrets.find(token.api_key)->second;
  return mint_embedded(token.api_key, secret, user_id, expires_unix_s);
}

}  // namespace

ExchangeAnswer exchange_token(std::string_view authorization, const TokenExchange& exchange,
                              UnixSeconds now_unix_s,
                              const std::function<std::vector<std::string>()>& find_urls) {
  if (!has_scheme(authorization))
    return refuse(401, "an access token is needed: Authorization: Bearer TOKEN");
  const auto token = verify_access_token(authorization.substr(kScheme.size()), exchange.secrets, now_unix_s);
  if (!token) return refuse(401, "the token is " + std::string(to_string(token.error())));
  if (!token->room_join || token->room.empty() || token->identity.empty())
    return refuse(403, "the token does not let join a room");

  const UnixSeconds expires_unix_s = std::min(token->expires_unix_s, now_unix_s + exchange.ttl_s);
  const std::int64_t ttl_s = expires_unix_s - now_unix_s;
  if (ttl_s <= 0)
    return refuse(401, "the token is expired");  // within the leeway, but no credential can be made of that
  const auto minted = mint(exchange, *token, expires_unix_s);
  if (!minted) return refuse(500, "no credential can be made with this API key");
  const auto found = find_urls ? find_urls() : std::vector<std::string>();
  return {
      200,
      auth::ice_server_json(found.empty() ? exchange.urls : found, minted->username, minted->password, ttl_s),
      {token->room, token->identity},
      token->issued_unix_s};
}

}  // namespace turnpike::livekit
