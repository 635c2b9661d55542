// Takes the Redis that LiveKit's nodes share for a fleet of this server.
#pragma once

#include "turnpike/base/result.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/livekit/server_config.hpp"

namespace turnpike::config {

// Returns LiveKit's Redis in terms of this server's keys, or why it is unusable, as the end of a sentence.
Result<RedisConfig, std::string> redis_of_livekit(const livekit::Redis& redis);

}  // namespace turnpike::config
