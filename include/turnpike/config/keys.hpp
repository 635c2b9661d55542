// The table of all configuration keys: file, flags, environment, help and the output of `check` follow from
// it.
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

// How the text of a flag or a variable becomes a node. Secrets are taken byte for byte.
enum class TextForm { yaml, secret, secret_list, secret_map };

// Where a value may hold names in place of addresses: as the one address, in a list of them, on either side
// of a map, or on the right side of one, which may also be one address.
enum class Names { none, one, many, pairs, targets };

struct Key {
  std::string_view name;   // "relay.ports"
  std::string_view value;  // how one is written, for the help: "FIRST-LAST", "[ADDRESS]" for a list
  std::string_view help;
  void (*read)(const YAML::Node&, Config&);  // throws BadValue
  void (*print)(YAML::Emitter&, const Config&);
  std::vector<std::string_view>
      accepted_until_built;  // as printed; empty: the feature is there, any value is accepted
  TextForm text_form = TextForm::yaml;
  Names names = Names::none;
};

// In the order of conf/turnpike.yaml; the keys of a section stand together.
std::span<const Key> all_keys();
const Key* find_key(std::string_view name);
// Do keys begin with "`name`."?
bool is_section(std::string_view name);

// "relay.ports" -> "TURNPIKE_RELAY_PORTS".
std::string environment_name(std::string_view key);

}  // namespace turnpike::config
