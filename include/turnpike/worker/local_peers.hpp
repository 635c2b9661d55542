// What `turnpike check` prints about peers on this host, such as an SFU: the engine that relays to them, and
// what keeps the kernel from doing so.
#pragma once

#include <string>
#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::worker {

// Returns why the kernel engine would not relay between an interface and a socket of this host; "" if it
// would.
std::string obstacle_to_local_peers(config::Engine setting);

// Returns lines of YAML comment. `allowed` are the addresses of this host that peers may have; `obstacle` is
// the result of obstacle_to_local_peers().
std::string local_peers_text(const std::vector<IpAddress>& allowed, const std::string& obstacle);

}  // namespace turnpike::worker
