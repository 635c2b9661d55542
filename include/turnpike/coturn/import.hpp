// From coturn's file to ours: what `turnpike import-coturn` prints.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/config/finding.hpp"

namespace turnpike::coturn {

inline constexpr std::size_t kFileBytesMax = 1 << 20;

struct Imported {
  std::string yaml;         // empty where there are errors
  config::Findings errors;  // with file and line
};

// A configuration that means the same, with a comment for each option that has no counterpart here, and why;
// the configuration's own rules find nothing wrong with it. Of passwords, secrets and keys it has those that
// it needs, and comments repeat none. `path` names the file in comments and errors.
Imported import_text(std::string_view text, const std::string& path);

// The same, from a file, or from standard input where the path is "-".
Imported import_file(const std::string& path);

}  // namespace turnpike::coturn
