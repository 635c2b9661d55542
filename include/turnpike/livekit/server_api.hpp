// LiveKit's server API, as far as it tells who is there: requests to make, and their answers read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/livekit/room_registry.hpp"

namespace turnpike::livekit {

// An HTTP POST with JSON; its token is good for ten minutes.
struct ApiRequest {
  std::string path;           // "/twirp/..."
  std::string authorization;  // "Bearer TOKEN"
  std::string body;

  bool operator==(const ApiRequest&) const = default;
};

ApiRequest list_rooms(std::string_view api_key, std::string_view secret, UnixSeconds now_unix_s);
ApiRequest list_participants(std::string_view room_name, std::string_view api_key, std::string_view secret,
                             UnixSeconds now_unix_s);

// The body of a 200. No value if it is not as LiveKit writes it: then nothing may be concluded from it.
std::optional<std::vector<ListedRoom>> read_rooms(std::string_view body);  // without participants
// Without those who are disconnected already.
std::optional<std::vector<ListedParticipant>> read_participants(std::string_view body);

// `after` are the rooms that there were when the participants of `rooms` had been asked for. A room that has
// ended by then has no SID: one of the same name may have begun, and nobody knows whose participants they
// are.
void drop_sids_of_ended(std::vector<ListedRoom>& rooms, const std::vector<ListedRoom>& after);

}  // namespace turnpike::livekit
