// Prints the configuration as text, for `turnpike check` and for the help of the command line.
#pragma once

#include <string>
#include <vector>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::config {

struct Key;

// Returns the value as YAML on one line. Secrets are not masked.
std::string print_value(const Key& key, const Config& config);

// Returns the whole configuration as a file that loads again, with secrets masked. Keys of `failed` become
// comments.
std::string to_yaml(const Config& config, const KeyNames& failed = {});

// A key for the command line, where it is an option of this name with one value.
struct KeyInfo {
  std::string name;
  std::string value;
  std::string default_text;
  std::string help;
};
// Returns all keys, in the order of all_keys().
std::vector<KeyInfo> known_keys();

}  // namespace turnpike::config
