// Values that flags and variables give, as nodes of YAML.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "turnpike/config/keys.hpp"

namespace turnpike::config {

// YAML, but for secrets: a list of them in brackets, or one that is the whole text; a map of them in braces,
// or lines `NAME: SECRET`, where all behind the colon and its space is the secret, unless it is in quotes.
// Throws BadValue where brackets or braces hold no YAML.
YAML::Node node_of(const std::string& text, TextForm form);

}  // namespace turnpike::config
