// Hints at what was probably meant by names and values that are not understood.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

#include "turnpike/config/keys.hpp"

namespace turnpike::config {

// Returns what to say of an unknown key in a file or flag: a near name, or the meaning of a coturn option.
std::string unknown_key(const std::string& name);
// Returns what to say of an unknown environment variable.
std::string unknown_variable(const std::string& name);

// Returns how a value of the key is written; `wrong` is the fault found in the value. The result begins with
// "; "; "" if there is nothing to add.
std::string hint_for(const Key& key, const YAML::Node& node, std::string_view wrong);

// Returns what a prefix with address bits beyond its length, such as 10.0.0.1/8, means, because another
// length or a single address may be meant. Returns "" if the node has none or the key takes no prefixes.
std::string host_bits(const Key& key, const YAML::Node& node);

// Returns whether the document is LiveKit's file: it has top-level sections that this server's file lacks.
bool is_livekit_file(const YAML::Node& root);

}  // namespace turnpike::config
