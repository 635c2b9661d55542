// The part of a line of the log behind its time and level, as text and as JSON.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "turnpike/log/event.hpp"
#include "turnpike/log/options.hpp"

namespace turnpike::log {

// Whatever could break a line or a terminal is escaped: the result is one line of printable ASCII. As JSON it
// is what stands between the braces.
std::string render(Format format, std::string_view event, std::span<const Field> fields);
inline std::string render(Format format, std::string_view event, std::initializer_list<Field> fields) {
  return render(format, event, std::span(fields.begin(), fields.size()));
}

// The value alone, as text has it between quotes; a list with commas.
std::string plain_value(const Field& field);

}  // namespace turnpike::log
