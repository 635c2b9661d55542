// The log: one line per event with named fields, as text or as JSON.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::app {

struct LogField {
  std::string_view name;
  std::variant<std::int64_t, std::string, std::vector<std::string>> value;
};

// Call before threads start, and again to reopen the file after a rotation. Throws std::runtime_error if the file cannot be opened.
void open_log(const LogConfig& config);

// Whether events of this level are written: where many are expected, ask before their fields are put together.
bool is_logged(LogLevel level);

// Thread-safe. `event` is a constant in snake_case; values may come from clients: whatever could break a line or a terminal is escaped
// (a record is one line). Never pass a secret.
void log_event(LogLevel level, std::string_view event, std::span<const LogField> fields);
inline void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) {
  log_event(level, event, std::span(fields.begin(), fields.size()));
}

// The part of a line behind its time and level; for log_event() and its tests.
std::string render_event(LogFormat format, std::string_view event, std::span<const LogField> fields);
inline std::string render_event(LogFormat format, std::string_view event, std::initializer_list<LogField> fields) {
  return render_event(format, event, std::span(fields.begin(), fields.size()));
}

}  // namespace turnpike::app
