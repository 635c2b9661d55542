// LiveKit's configuration file as defaults of this server's: where clients are sent, what they come with,
// whom they may reach.
#pragma once

#include "turnpike/config/load.hpp"
#include "turnpike/livekit/server_config.hpp"

namespace turnpike::config {

// Keys that were not given get what follows from LiveKit's file, and an origin there; credentials and peer
// rules are added to those that are given. What LiveKit still has to be told is a warning; it is an error
// where peers.allow is empty and the file does not tell the addresses of all media. A file with faults is not
// asked for more. Notes what of the file is
// understood and what is ignored.
void add_livekit_defaults(Loaded& loaded, const livekit::ServerConfig& file);

}  // namespace turnpike::config
