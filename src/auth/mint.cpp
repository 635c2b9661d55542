// Minting: the same derivation as the look-up, the other way round.
#include "turnpike/auth/mint.hpp"

#include <boost/json.hpp>

#include "turnpike/auth/rest_secret.hpp"

namespace turnpike::auth {

std::optional<MintedCredential> mint_rest(std::string_view secret, std::string_view user_id,
                                          UnixSeconds expiry_unix_s, std::string_view separator) {
  if (expiry_unix_s <= 0) return std::nullopt;
  std::string username = std::to_string(expiry_unix_s);
  if (!user_id.empty()) username.append(separator).append(user_id);
  if (username.size() > kUsernameSizeMax) return std::nullopt;
  return MintedCredential{username, rest_password(secret, username)};
}

std::string ice_server_json(const std::vector<std::string>& urls, std::string_view username,
                            std::string_view credential, std::int64_t ttl_s) {
  const boost::json::value server = {{"urls", boost::json::array(urls.begin(), urls.end())},
                                     {"username", username},
                                     {"credential", credential},
                                     {"ttl", ttl_s}};
  return boost::json::serialize(server);
}

}  // namespace turnpike::auth
