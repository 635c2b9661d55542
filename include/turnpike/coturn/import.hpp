// Translates a coturn file into a turnpike configuration: `turnpike import-coturn`.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/config/finding.hpp"

namespace turnpike::coturn {

// Maximum size of a coturn file, in bytes.
inline constexpr std::size_t kFileBytesMax = 1 << 20;

// The translated configuration.
struct Imported {
  std::string yaml;         // empty if there are errors
  config::Findings errors;  // with file and line
};

// Translates the text of a coturn file. The result means the same, passes the configuration's own rules, and
// has a comment for each option that has no counterpart, with the reason. It contains the passwords, secrets
// and keys that it needs; comments repeat none. `path` names the file in comments and errors.
Imported import_text(std::string_view text, const std::string& path);

// Translates a file, or standard input if `path` is "-".
Imported import_file(const std::string& path);

}  // namespace turnpike::coturn
