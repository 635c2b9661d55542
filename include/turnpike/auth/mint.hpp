// Makes credentials for participants, and the JSON that a web client takes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"

namespace turnpike::auth {

// Longest name in bytes that a client may send (RFC 8489 14.3).
inline constexpr std::size_t kUsernameSizeMax = 508;

// Holds a new user name and its password.
struct MintedCredential {
  std::string username;
  std::string password;
};

// Returns a credential that RestSecrets accepts. Returns nullopt if the expiry is not positive or the name
// would be longer than kUsernameSizeMax. The user id may be empty.
std::optional<MintedCredential> mint_rest(std::string_view secret, std::string_view user_id,
                                          UnixSeconds expiry_unix_s, std::string_view separator = ":");

// Returns an RTCIceServer dictionary of WebRTC as JSON, with `ttl_s` as the seconds that the credential
// lives. All text must be UTF-8.
std::string ice_server_json(const std::vector<std::string>& urls, std::string_view username,
                            std::string_view credential, std::int64_t ttl_s);

}  // namespace turnpike::auth
