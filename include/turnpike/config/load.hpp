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

struct Overrides {
  NamesAndValues flags;        // "relay.ports" -> YAML; a name that comes again replaces the earlier value
  NamesAndValues environment;  // all of it; names that do not begin with TURNPIKE_ are ignored
  // Of these the first that exists is read, if no other file is named.
  std::vector<std::string> default_files{"/etc/turnpike/turnpike.yaml"};
  Found found;  // what names in place of addresses stand for; those that nobody asked for have none
};

// The pairs of an array like `environ`.
NamesAndValues to_pairs(const char* const* environment);

// `file`, else TURNPIKE_CONFIG of the environment, else the first default one that exists.
std::optional<std::string> file_to_read(const std::optional<std::string>& file, const Overrides& overrides);

// What was read, and everything that is wrong with it: what could not be understood is as if it were not
// there.
struct Loaded {
  Config config;  // without warnings
  Found found;    // that the configuration was read with
  std::string file;
  Origins origins;
  KeyNames failed;  // keys whose value was not understood
  Findings findings;
  std::vector<std::string> understood, ignored;  // of LiveKit's file
};

// From file_to_read(), if there is one. Reads files with secrets and LiveKit's, but judges nothing that only
// serving needs, such as certificates.
Loaded read_config(const std::optional<std::string>& file, const Overrides& overrides);

// The same from the text of a file alone, which findings call `name`.
Loaded read_text(const std::string& text, const std::string& name, const Found& found = {});

// The first as one value, with its warnings. Throws ConfigError with the first error.
Config load_config(const std::optional<std::string>& file, const Overrides& overrides);

}  // namespace turnpike::config
