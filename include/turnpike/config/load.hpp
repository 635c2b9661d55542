// Loads the configuration: flags beat the environment, which beats the file, which beats the defaults.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::config {

using NamesAndValues = std::vector<std::pair<std::string, std::string>>;

struct Overrides {
  NamesAndValues flags;        // "relay.ports" -> YAML; a name that comes again replaces the earlier value
  NamesAndValues environment;  // all of it; names that do not begin with TURNPIKE_ are ignored
  std::string default_file = "/etc/turnpike/turnpike.yaml";  // read if it exists and no other file is named
};

// The pairs of an array like `environ`.
NamesAndValues to_pairs(const char* const* environment);

// `file`, else TURNPIKE_CONFIG of the environment, else the default one if it exists.
std::optional<std::string> file_to_read(const std::optional<std::string>& file, const Overrides& overrides);

// From file_to_read(), if there is one. Throws ConfigError.
Config load_config(const std::optional<std::string>& file, const Overrides& overrides);

}  // namespace turnpike::config
