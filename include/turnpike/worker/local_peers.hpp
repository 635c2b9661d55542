// What `check` says of SFUs on this host: what relays to them and from them, and what would be needed for the
// kernel to do it.
#pragma once

#include <string>
#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::worker {

// Why the kernel engine would not relay between an interface and a socket of this host; empty: it would.
std::string obstacle_to_local_peers(config::Engine setting);

// Lines of comment. `allowed` are addresses of this host that peers may have; `obstacle` as above.
std::string tell_local_peers(const std::vector<IpAddress>& allowed, const std::string& obstacle);

}  // namespace turnpike::worker
