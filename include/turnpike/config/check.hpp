// What the configuration must fulfil beyond the form of each value.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "turnpike/config/config.hpp"

namespace turnpike::config {

// Where a key was given, and its name there: "turnpike.yaml:12: relay.ports", "--relay.ports",
// "TURNPIKE_RELAY_PORTS".
using Origins = std::map<std::string, std::string, std::less<>>;

// The place of a key for an error line; the name alone if it was given nowhere.
std::string place_of(std::string_view key, const Origins& origins);

// Throws ConfigError at the first rule that is broken, naming the place of the key to blame.
void validate(const Config& config, const Origins& origins);

}  // namespace turnpike::config
