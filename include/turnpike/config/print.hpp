// The configuration as text: for `turnpike check`, and for the help of the command line.
#pragma once

#include <string>
#include <vector>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::config {

struct Key;

// The value on one line, as YAML. Secrets are not masked.
std::string print_value(const Key& key, const Config& config);

// The whole configuration as a file that loads again, secrets masked. Keys that were not understood are
// comments.
std::string to_yaml(const Config& config, const KeyNames& failed = {});

// For the command line: each key is an option of this name that takes one value.
struct KeyInfo {
  std::string name;
  std::string value;
  std::string default_text;
  std::string help;
};
std::vector<KeyInfo> known_keys();

}  // namespace turnpike::config
