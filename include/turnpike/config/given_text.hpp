// Turns the values of flags and environment variables into YAML nodes.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "turnpike/config/keys.hpp"

namespace turnpike::config {

// Returns the node of a text. Other than secrets, the text is YAML, or plain text if it is no valid YAML.
// Secrets are taken byte for byte: a list of secrets is in brackets, or else the whole text is one secret; a
// map of secrets is in braces, or lines of `NAME: SECRET`, where everything after the colon and one space is
// the secret unless it is quoted. Throws BadValue if brackets or braces hold no YAML.
YAML::Node node_of(const std::string& text, TextForm form);

}  // namespace turnpike::config
