#include "turnpike/livekit/access_token.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <vector>

#include "turnpike/crypto/base64.hpp"
#include "turnpike/crypto/constant_time.hpp"
#include "turnpike/crypto/hmac.hpp"
#include "turnpike/json/strict_json.hpp"

namespace turnpike::livekit {
namespace {

std::optional<boost::json::object> decode_object(std::string_view part) {
  const auto text = crypto::base64url_decode(part);
  return text ? json::parse_object(*text) : std::nullopt;
}

// Which algorithm is no choice of the token's; `crit` demands what we do not know (RFC 7515 4.1.11).
bool is_hs256(const boost::json::object& header) {
  std::string algorithm;
  return json::read_member(header, "alg", algorithm) && algorithm == "HS256" && !header.contains("crit");
}

// A NumericDate (RFC 7519 section 2): seconds, perhaps with a fraction. False if it is there and is none.
bool read_date(const boost::json::object& claims, std::string_view name, std::optional<UnixSeconds>& out) {
  const boost::json::value* claim = claims.if_contains(name);
  if (claim == nullptr || claim->is_null()) return true;
  if (claim->is_int64()) {
    out = claim->get_int64();
  } else if (claim->is_double() && std::abs(claim->get_double()) < 0x1p53) {
    out = static_cast<UnixSeconds>(std::floor(claim->get_double()));
  }
  return out.has_value();
}

struct Claims {
  AccessToken token;
  std::optional<UnixSeconds> expires_unix_s;
  std::optional<UnixSeconds> valid_from_unix_s;
  std::optional<UnixSeconds> made_unix_s;
};

std::optional<Claims> read_claims(const boost::json::object& object) {
  Claims claims;
  AccessToken& token = claims.token;
  std::string subject, id;
  const boost::json::object none;
  const boost::json::object* video = &none;
  const bool all_read =
      json::read_member(object, "iss", token.api_key) && json::read_member(object, "sub", subject) &&
      json::read_member(object, "jti", id) && json::read_member(object, "sha256", token.sha256) &&
      json::read_member(object, "video", video) && json::read_member(*video, "room", token.room) &&
      json::read_member(*video, "roomJoin", token.room_join) &&
      read_date(object, "exp", claims.expires_unix_s) && read_date(object, "nbf", claims.valid_from_unix_s) &&
      read_date(object, "iat", claims.made_unix_s);
  if (!all_read || !claims.expires_unix_s) return std::nullopt;
  token.identity = subject.empty() ? id : subject;
  token.expires_unix_s = *claims.expires_unix_s;
  token.issued_unix_s = claims.valid_from_unix_s ? claims.valid_from_unix_s : claims.made_unix_s;
  return claims;
}

}  // namespace

std::string_view to_string(TokenFault fault) {
  constexpr std::string_view kTexts[] = {"not an access token",
                                         "not signed with HS256",
                                         "of an unknown API key",
                                         "with a bad signature",
                                         "expired",
                                         "not yet valid"};
  return kTexts[static_cast<std::size_t>(fault)];
}

Result<AccessToken, TokenFault> verify_access_token(std::string_view token, const auth::Secrets& secrets,
                                                    UnixSeconds now_unix_s) {
  if (token.size() > kAccessTokenSizeMax) return TokenFault::malformed;
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last) return TokenFault::malformed;
  const auto header = decode_object(token.substr(0, first));
  const auto object = decode_object(token.substr(first + 1, last - first - 1));
  const auto signature = crypto::base64url_decode(token.substr(last + 1));
  if (!header || !object || !signature) return TokenFault::malformed;
  if (!is_hs256(*header)) return TokenFault::not_hs256;
  const auto claims = read_claims(*object);
  if (!claims) return TokenFault::malformed;

  const auto key = secrets.find(claims->token.api_key);
  if (key == secrets.end() || key->second.empty()) return TokenFault::unknown_key;
  const auto mac = crypto::hmac_sha256(as_bytes(key->second), as_bytes(token.substr(0, last)));
  if (!crypto::equal_constant_time(mac, as_bytes(*signature))) return TokenFault::bad_signature;
  if (claims->token.expires_unix_s <= now_unix_s - kTokenLeeway_s) return TokenFault::expired;
  if (claims->valid_from_unix_s && *claims->valid_from_unix_s > now_unix_s + kTokenLeeway_s)
    return TokenFault::not_yet_valid;
  return claims->token;
}

std::string sign_access_token(const boost::json::object& claims, std::string_view secret) {
  std::string token = crypto::base64url_encode(R"({"alg":"HS256","typ":"JWT"})") + "." +
                      crypto::base64url_encode(boost::json::serialize(claims));
  const auto mac = crypto::hmac_sha256(as_bytes(secret), as_bytes(token));
  return token + "." + crypto::base64url_encode(as_text(mac));
}

}  // namespace turnpike::livekit
