// LiveKit's configuration file as defaults of this server's: where clients are sent, what they come with,
// whom they may reach.
#pragma once

#include <string>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/livekit/server_config.hpp"

namespace turnpike::config {

// Keys that `origins` does not know get what follows from LiveKit's file, and an origin there; credentials
// and peer rules are added to those that are given. What LiveKit still has to be told is a warning. Throws
// ConfigError where peers.allow is empty and the file does not tell the addresses of all media.
void add_livekit_defaults(Config& config, Origins& origins, const livekit::ServerConfig& file);

// What of the file is understood and what is ignored, as lines of comments for `turnpike check`.
std::string explain_livekit(const livekit::ServerConfig& file);

}  // namespace turnpike::config
