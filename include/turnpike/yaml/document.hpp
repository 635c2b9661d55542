// Reads files of one YAML document each.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>

#include "turnpike/yaml/error.hpp"

namespace turnpike::yaml {

// Returns the contents of a file. Throws ConfigError "`named_at`: `path`: why" if it cannot be read.
// `named_at`: the place in the configuration that names the file, or "".
std::string read_text_file(const std::string& path, const std::string& named_at);

// Parses a text that is one YAML document. Returns a null node if the text is empty. Throws ConfigError
// "`path`:line: why" if it is malformed or has several documents.
YAML::Node parse_document(const std::string& text, const std::string& path);

}  // namespace turnpike::yaml
