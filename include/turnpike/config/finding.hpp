// What is wrong with a configuration, or probably not meant, as values: all of it is wanted at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace turnpike::config {

enum class Severity { warning, error };

struct Finding {
  Severity severity = Severity::error;
  std::string key;    // which it is about; empty: a file as a whole, or a name that is no key
  std::string place;  // where that was given, with its name there; may be empty
  std::string text;

  std::string line() const;  // "place: text"

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

const Finding* first_error(const Findings& findings);  // null: there is none
// Throws ConfigError with the first error, if there is one; it says how many more there are.
void throw_first_error(const Findings& findings);
// As lines, for the log.
std::vector<std::string> warnings_of(const Findings& findings);
void append(Findings& all, Findings more);

}  // namespace turnpike::config
