// Turns the configuration of the fleet into the options of its modules.
#pragma once

#include <optional>

#include "turnpike/config/config.hpp"
#include "turnpike/fleet/fleet.hpp"
#include "turnpike/redis/link.hpp"

namespace turnpike::node {

// Returns the options of the fleet.
fleet::FleetOptions fleet_options(const config::Config& config);

// Returns the settings of Redis; nullopt if none is configured. The configuration must have passed its
// checks.
std::optional<redis::Settings> redis_settings(const config::Config& config);

}  // namespace turnpike::node
