// Checks a configuration against the rules beyond the form of each value.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "turnpike/config/config.hpp"
#include "turnpike/config/finding.hpp"

namespace turnpike::config {

// Maps each given key to its place and its name there: "turnpike.yaml:12: relay.ports", "--relay.ports",
// "TURNPIKE_RELAY_PORTS".
using Origins = std::map<std::string, std::string, std::less<>>;
using KeyNames = std::set<std::string, std::less<>>;

// Returns the place of a key for an error line, or the key itself if it was not given.
std::string place_of(std::string_view key, const Origins& origins);

// Returns every broken rule, in the order of the keys. Rules that need a key of `failed` are left out.
Findings find_broken_rules(const Config& config, const Origins& origins, const KeyNames& failed = {});

}  // namespace turnpike::config
