// The part of a line of the log behind its time and level, as text and as JSON.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "turnpike/log/event.hpp"
#include "turnpike/log/options.hpp"

namespace turnpike::log {

// Returns one line of printable ASCII; characters that could break a line or a terminal are escaped. JSON
// comes without its outer braces.
std::string render(Format format, std::string_view event, std::span<const Field> fields);
inline std::string render(Format format, std::string_view event, std::initializer_list<Field> fields) {
  return render(format, event, std::span(fields.begin(), fields.size()));
}

// Returns a field's value as text without quotes; the items of a list are joined with commas.
std::string plain_value(const Field& field);

}  // namespace turnpike::log
