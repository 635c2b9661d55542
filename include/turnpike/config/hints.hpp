// What was probably meant by names and values that are not understood, or not as they stand.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>

#include "turnpike/config/keys.hpp"

namespace turnpike::config {

// Why a name in a file or a flag is no key: a slip, or a word of coturn's.
std::string unknown_key(const std::string& name);
// The same for a variable.
std::string unknown_variable(const std::string& name);

// How a value of the key is written, which `wrong` says it was not. Begins with "; "; empty: nothing to add.
std::string hint_for(const Key& key, const YAML::Node& node, std::string_view wrong);

// Of a prefix whose address has bits behind its length, what it means; somebody meant another length, or that
// one address. Empty: there is none in the node, or the key takes no prefixes.
std::string host_bits(const Key& key, const YAML::Node& node);

// Is this LiveKit's file? It has sections at its top that this server's has not.
bool is_livekit_file(const YAML::Node& root);

}  // namespace turnpike::config
