// The user id in credentials of the token exchange: made of room and identity, for the participant has no SID
// yet.
#pragma once

#include <string>
#include <string_view>

namespace turnpike::livekit {

inline constexpr std::string_view kBoundUserPrefix = "RI_";
inline constexpr std::string_view kParticipantPrefix = "PA_";  // of every participant's SID

// One short id for each pair, of letters, digits and '_': a hash, since identities may be too long for
// USERNAME, may have characters that separate its parts, and are often addresses of people, while USERNAME
// travels in the clear.
std::string bound_user_id(std::string_view room_name, std::string_view identity);

}  // namespace turnpike::livekit
