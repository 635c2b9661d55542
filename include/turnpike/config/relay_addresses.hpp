// Chooses the local addresses of relay ports.
#pragma once

#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::config {

// Returns relay.addresses; if empty, the addresses of the default routes; if there are none, all global and
// private addresses; if there are none, 127.0.0.1.
std::vector<IpAddress> relay_addresses(const RelayConfig& config);

}  // namespace turnpike::config
