// Loads the configuration: flags beat the environment, which beats the file, which beats the defaults.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/finding.hpp"
#include "turnpike/config/found.hpp"

namespace turnpike::config {

using NamesAndValues = std::vector<std::pair<std::string, std::string>>;

// Everything that is read besides the file.
struct Overrides {
  NamesAndValues flags;        // "relay.ports" -> YAML; a repeated name replaces the earlier value
  NamesAndValues environment;  // names without the prefix TURNPIKE_ are ignored, except LIVEKIT_KEYS
  // Files of which the first that exists is read, if no other file is named.
  std::vector<std::string> default_files{"/etc/turnpike/turnpike.yaml"};
  Found found;  // addresses of host names; a name not looked up has none
};

// Returns the pairs of a null-terminated array of "NAME=VALUE", such as `environ`.
NamesAndValues to_pairs(const char* const* environment);

// Returns the file to read: `file`, or TURNPIKE_CONFIG of the environment, or the first default file that
// exists; nullopt if there is none.
std::optional<std::string> file_to_read(const std::optional<std::string>& file, const Overrides& overrides);

// The configuration that was read and all findings about it. A value that was not understood is treated as
// not given.
struct Loaded {
  Config config;  // without warnings
  Found found;    // the answers used
  std::string file;
  Origins origins;
  KeyNames failed;  // keys with values that were not understood
  Findings findings;
  std::vector<std::string> understood, ignored;  // parts of LiveKit's file
};

// Reads the configuration: file_to_read(), if any, then environment and flags. Also reads the files of
// secrets and LiveKit's file, but does not check what only a running server needs, such as certificates.
Loaded read_config(const std::optional<std::string>& file, const Overrides& overrides);

// Reads a configuration from the text of a file alone; findings call it `name`.
Loaded read_text(const std::string& text, const std::string& name, const Found& found = {});

// Returns the configuration of read_config() with its warnings. Throws ConfigError with the first error.
Config load_config(const std::optional<std::string>& file, const Overrides& overrides);

}  // namespace turnpike::config
