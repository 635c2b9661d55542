// Takes defaults from LiveKit's configuration file: listeners, credentials and peer rules.
#pragma once

#include "turnpike/config/load.hpp"
#include "turnpike/livekit/server_config.hpp"

namespace turnpike::config {

// Sets keys that were not given to what follows from LiveKit's file, with an origin there, and adds its
// credentials and peer rules to the given ones. What LiveKit's own file still lacks is a warning; an error if
// peers.allow is empty and the file does not name the addresses of all media. A file with faults gets no such
// warnings. Notes which parts of the file are understood and which are ignored.
void add_livekit_defaults(Loaded& loaded, const livekit::ServerConfig& file);

}  // namespace turnpike::config
