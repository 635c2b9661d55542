// Placeholders that another program should have filled in.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string_view>

namespace turnpike::yaml {

// Returns the first `${NAME}` (also with a default as in `${NAME:-x}`), `$(NAME)` or `{{ name }}` as a view
// of the text, or "" if there is none. Nothing expands placeholders here, so one that is found was forgotten.
std::string_view find_placeholder(std::string_view text);

// Throws BadValue if the node or a node below it has a placeholder; the error names the first one.
void refuse_placeholders(const YAML::Node& node);

}  // namespace turnpike::yaml
