// Places in a text that another program was to fill in.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string_view>

namespace turnpike::yaml {

// The first of `${NAME}`, also with a default as in `${NAME:-x}`, `$(NAME)` and `{{ name }}`, as it stands in
// the text: nothing expands these here, so whoever was to fill them in did not. Empty: there is none.
std::string_view find_placeholder(std::string_view text);

// Throws BadValue with the first one that is in the node or below it.
void refuse_placeholders(const YAML::Node& node);

}  // namespace turnpike::yaml
