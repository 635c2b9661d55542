// Which addresses relay ports are opened on.
#pragma once

#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::config {

// relay.addresses, or the default routes', else all that others can reach, else loopback.
std::vector<IpAddress> relay_addresses(const RelayConfig& config);

}  // namespace turnpike::config
