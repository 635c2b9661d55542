// Who is in which room: LiveKit's server API, asked for all of it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/http/client.hpp"
#include "turnpike/livekit/room_registry.hpp"

namespace turnpike::sfu {

struct ApiKey {
  std::string name;
  std::string secret;
};

// Beyond these there is no census.
struct CensusLimits {
  Duration time_max = std::chrono::seconds(60);
  std::size_t rooms_max = 16384;
  std::size_t participants_max = 262144;
  http::ClientLimits request{};
};

// For RoomRegistry::reconcile().
struct Census {
  std::vector<livekit::ListedRoom> rooms;
  UnixSeconds asked_unix_s = 0;  // by LiveKit's clock, not after the first question
  std::size_t participants = 0;
};

// Complete, or the reason why there is none, in words for the log: one answer that is missing or not
// understood is enough for that. Any node of LiveKit answers for all of them. `tls` is
// http::make_client_tls()'s, and outlives the coroutine.
boost::asio::awaitable<Result<Census, std::string>> take_census(http::Url livekit,
                                                                boost::asio::ssl::context& tls, ApiKey key,
                                                                CensusLimits limits = {});

}  // namespace turnpike::sfu
