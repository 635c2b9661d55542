// The table of all configuration keys, from which file, flags, environment, help and `turnpike check` follow.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/config/config.hpp"

namespace YAML {
class Emitter;
class Node;
}  // namespace YAML

namespace turnpike::config {

// How the text of a flag or variable becomes a YAML node. Secrets are taken byte for byte.
enum class TextForm { yaml, secret, secret_list, secret_map };

// Where a value may hold host names in place of addresses: nowhere, as its one address, as items of a list,
// on both sides of a map, or on the right side of a map that may also be one address.
enum class Names { none, one, many, pairs, targets };

// A configuration key.
struct Key {
  std::string_view name;   // "relay.ports"
  std::string_view value;  // form for the help: "FIRST-LAST", "[ADDRESS]" for a list
  std::string_view help;
  void (*read)(const YAML::Node&, Config&);  // throws BadValue
  void (*print)(YAML::Emitter&, const Config&);
  // Values that an unbuilt feature accepts, as printed; empty: the feature is built and accepts any value.
  std::vector<std::string_view> accepted_until_built;
  TextForm text_form = TextForm::yaml;
  Names names = Names::none;
};

// Returns all keys in the order of conf/turnpike.yaml, where the keys of a section stand together.
std::span<const Key> all_keys();
// Returns the key of this name, or nullptr.
const Key* find_key(std::string_view name);
// Returns whether any key begins with `name` and a dot.
bool is_section(std::string_view name);

// Returns the environment variable of a key: "TURNPIKE_RELAY_PORTS" for "relay.ports".
std::string environment_name(std::string_view key);

}  // namespace turnpike::config
