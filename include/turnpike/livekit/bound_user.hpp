// The user id in credentials of the token exchange: derived from room and identity, because a participant has
// no SID before joining.
#pragma once

#include <string>
#include <string_view>

namespace turnpike::livekit {

// The first characters of every bound user id.
inline constexpr std::string_view kBoundUserPrefix = "RI_";
// The first characters of every participant's SID.
inline constexpr std::string_view kParticipantPrefix = "PA_";

// Returns the user id for a room and identity: a short text of letters, digits and '_'. It is a hash, because
// an identity may be too long for USERNAME, may have characters that separate its parts, and is often
// somebody's address, while USERNAME travels in the clear.
std::string bound_user_id(std::string_view room_name, std::string_view identity);

}  // namespace turnpike::livekit
