// Asks LiveKit's server API who is in which room.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/http/client.hpp"
#include "turnpike/livekit/room_registry.hpp"

namespace turnpike::sfu {

// An API key of LiveKit with its secret.
struct ApiKey {
  std::string name;
  std::string secret;
};

// Bounds of a census; beyond one of them it fails.
struct CensusLimits {
  Duration time_max = std::chrono::seconds(60);
  std::size_t rooms_max = 16384;
  std::size_t participants_max = 262144;
  http::ClientLimits request{};
};

// Everybody in every room, for RoomRegistry::reconcile().
struct Census {
  std::vector<livekit::ListedRoom> rooms;
  UnixSeconds asked_unix_s = 0;  // by LiveKit's clock, no later than the first question
  std::size_t participants = 0;
};

// Returns a complete census, or the reason why there is none, in words for the log: one missing or malformed
// answer is enough. Any node of a LiveKit cluster answers for all nodes. `tls` comes from
// http::make_client_tls() and outlives the coroutine.
boost::asio::awaitable<Result<Census, std::string>> take_census(http::Url livekit,
                                                                boost::asio::ssl::context& tls, ApiKey key,
                                                                CensusLimits limits = {});

}  // namespace turnpike::sfu
