// The log: one line per event with named fields, as text or as JSON.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace turnpike::log {

enum class Level { debug, info, warning, error };
enum class Format { text, json };

struct Options {
  Level level = Level::info;
  Format format = Format::text;
  std::string file;  // empty: standard output

  bool operator==(const Options&) const = default;
};

struct Field {
  std::string_view name;
  std::variant<std::int64_t, std::string, std::vector<std::string>> value;
};

// Call before threads start, and again to reopen the file after a rotation. Throws std::runtime_error if the
// file cannot be opened.
void open(const Options& config);

// Whether events of this level are written: where many are expected, ask before their fields are put
// together.
bool is_logged(Level level);

// Thread-safe. `event` is a constant in snake_case; values may come from clients: whatever could break a line
// or a terminal is escaped (a record is one line). Never pass a secret.
void write(Level level, std::string_view event, std::span<const Field> fields);
inline void write(Level level, std::string_view event, std::initializer_list<Field> fields = {}) {
  write(level, event, std::span(fields.begin(), fields.size()));
}

// The part of a line behind its time and level; for write() and its tests.
std::string render(Format format, std::string_view event, std::span<const Field> fields);
inline std::string render(Format format, std::string_view event, std::initializer_list<Field> fields) {
  return render(format, event, std::span(fields.begin(), fields.size()));
}

}  // namespace turnpike::log
