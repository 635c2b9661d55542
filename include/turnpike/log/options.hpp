// Options of the log: the lowest level, the format and the place.
#pragma once

#include <string>

namespace turnpike::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

// Holds how and where the log is written.
struct Options {
  Level level = Level::info;
  Format format = Format::text;
  std::string file;  // empty: standard output

  bool operator==(const Options&) const = default;
};

}  // namespace turnpike::log
