// The Redis that LiveKit's nodes share, which the servers of a fleet can share as well.
#pragma once

#include "turnpike/base/result.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/livekit/server_config.hpp"

namespace turnpike::config {

// What LiveKit's file says of it, as this server's own keys would. The error says why that is of no use here,
// as the end of a sentence.
Result<RedisConfig, std::string> redis_of_livekit(const livekit::Redis& redis);

}  // namespace turnpike::config
