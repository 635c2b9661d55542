// What a configuration says of the fleet, as the modules take it.
#pragma once

#include <optional>

#include "turnpike/config/config.hpp"
#include "turnpike/fleet/fleet.hpp"
#include "turnpike/redis/link.hpp"

namespace turnpike::node {

fleet::FleetOptions fleet_options(const config::Config& config);

// None: no Redis is configured. The configuration has passed its checks.
std::optional<redis::Settings> redis_settings(const config::Config& config);

}  // namespace turnpike::node
