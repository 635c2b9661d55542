// LiveKit's server API, as far as it tells who is there: makes requests and reads their answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/livekit/room_registry.hpp"

namespace turnpike::livekit {

// An HTTP POST with JSON; its token is valid for ten minutes.
struct ApiRequest {
  std::string path;           // "/twirp/..."
  std::string authorization;  // "Bearer TOKEN"
  std::string body;

  bool operator==(const ApiRequest&) const = default;
};

// Make the requests for all rooms and for the participants of one room.
ApiRequest list_rooms(std::string_view api_key, std::string_view secret, UnixSeconds now_unix_s);
ApiRequest list_participants(std::string_view room_name, std::string_view api_key, std::string_view secret,
                             UnixSeconds now_unix_s);

// Reads the body of a response of status 200: the rooms, without participants. Returns no value if anything
// is not as LiveKit writes it; nothing may be concluded from such an answer.
std::optional<std::vector<ListedRoom>> read_rooms(std::string_view body);
// Reads the body of a response of status 200: the participants, without those who are disconnected already.
// Returns no value as read_rooms() does.
std::optional<std::vector<ListedParticipant>> read_participants(std::string_view body);

// Clears the SIDs of rooms that are not in `after`, the rooms that existed when the participants of `rooms`
// had been asked for. Such a room has ended, and another one of the same name may have begun since: nobody
// knows whose participants were listed.
void drop_sids_of_ended(std::vector<ListedRoom>& rooms, const std::vector<ListedRoom>& after);

}  // namespace turnpike::livekit
