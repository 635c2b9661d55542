// Makes credentials for participants, and the JSON in which a web client takes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"

namespace turnpike::auth {

inline constexpr std::size_t kUsernameSizeMax = 508;  // bytes that a client may send (RFC 8489 14.3)

struct MintedCredential {
  std::string username;
  std::string password;
};

// Credentials that RestSecrets and LiveKitKeys accept. No value if the expiry is not positive, the name would be longer than
// kUsernameSizeMax (CRED-06), or an empty part or a '|' in one makes a LiveKit name ambiguous. A REST user id may be empty.
std::optional<MintedCredential> mint_rest(std::string_view secret, std::string_view user_id, UnixSeconds expiry_unix_s);
std::optional<MintedCredential> mint_livekit(std::string_view api_key, std::string_view api_secret, std::string_view participant_sid,
                                             UnixSeconds expiry_unix_s);

// An RTCIceServer dictionary with the seconds that the credential lives (CRED-09). All text must be UTF-8.
std::string ice_server_json(const std::vector<std::string>& urls, std::string_view username, std::string_view credential,
                            std::int64_t ttl_s);

}  // namespace turnpike::auth
