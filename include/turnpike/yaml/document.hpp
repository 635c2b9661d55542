// Files with YAML as one document each.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "turnpike/yaml/error.hpp"

namespace turnpike::yaml {

// The whole file. Throws ConfigError "`named_at`: `path`: why"; what named the file may be empty.
std::string read_text_file(const std::string& path, const std::string& named_at);

// The one YAML document that the text is; null if the text is empty. Throws ConfigError "`path`:line: why".
YAML::Node parse_document(const std::string& text, const std::string& path);

}  // namespace turnpike::yaml
