// Files that the configuration is read from: the main one, and those with secrets.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "turnpike/app/config.hpp"
#include "turnpike/app/config_check.hpp"

namespace turnpike::app {

// The whole file. Throws ConfigError "`named_at`: `path`: why"; what named the file may be empty.
std::string read_text_file(const std::string& path, const std::string& named_at);

// The one YAML document that the text is; null if the text is empty. Throws ConfigError "`path`:line: why".
YAML::Node parse_document(const std::string& text, const std::string& path);

// Adds what the *_file keys of `credentials` name to what was given inline, which wins where a name is in both. Notes where secrets that
// were given in files only came from. Throws ConfigError.
void add_secrets_from_files(CredentialsConfig& credentials, Origins& origins);

// A warning for each file with secrets that everybody may read; `main_file` may be empty.
std::vector<std::string> find_readable_secrets(const Config& config, const std::string& main_file, const Origins& origins);

}  // namespace turnpike::app
