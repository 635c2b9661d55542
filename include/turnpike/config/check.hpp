// What the configuration must fulfil beyond the form of each value.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "turnpike/config/config.hpp"
#include "turnpike/config/finding.hpp"

namespace turnpike::config {

// Where a key was given, and its name there: "turnpike.yaml:12: relay.ports", "--relay.ports",
// "TURNPIKE_RELAY_PORTS".
using Origins = std::map<std::string, std::string, std::less<>>;
using KeyNames = std::set<std::string, std::less<>>;

// The place of a key for an error line; the name alone if it was given nowhere.
std::string place_of(std::string_view key, const Origins& origins);

// Every rule that is broken, in the order of the keys. Rules that need what is in `failed` are left out.
Findings find_broken_rules(const Config& config, const Origins& origins, const KeyNames& failed = {});

}  // namespace turnpike::config
