// The log: one line per event with named fields, as text or as JSON.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "turnpike/log/event.hpp"
#include "turnpike/log/options.hpp"

namespace turnpike::log {

// Call before threads start, and again to reopen the file after a rotation. Throws std::runtime_error if the
// file cannot be opened.
void open(const Options& config);

// Whether the event is written: where many are expected, ask before their fields are put together.
bool is_logged(Event event);

// Thread-safe. The fields are those of the table of events. Values may come from clients: whatever could
// break a line or a terminal is escaped (a record is one line). Never pass a secret.
void write(Event event, std::span<const Field> fields);
inline void write(Event event, std::initializer_list<Field> fields = {}) {
  write(event, std::span(fields.begin(), fields.size()));
}

// The part of a line behind its time and level; for write() and its tests.
std::string render(Format format, std::string_view event, std::span<const Field> fields);
inline std::string render(Format format, std::string_view event, std::initializer_list<Field> fields) {
  return render(format, event, std::span(fields.begin(), fields.size()));
}

}  // namespace turnpike::log
