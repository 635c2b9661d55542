// Faults and doubts about a configuration as values, so that all of them can be reported at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace turnpike::config {

// A warning does not prevent a start; an error does.
enum class Severity { warning, error };

// One fault or doubt.
struct Finding {
  Severity severity = Severity::error;
  std::string key;    // the key; empty: the file as a whole, or a name that is no key
  std::string place;  // where the key was given, as in Origins; may be empty
  std::string text;

  std::string line() const;  // "place: text"

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

const Finding* first_error(const Findings& findings);  // nullptr: there is none
// Throws ConfigError with the first error and the number of further ones; does nothing without an error.
void throw_first_error(const Findings& findings);
// Returns the warnings as lines for the log.
std::vector<std::string> warnings_of(const Findings& findings);
void append(Findings& all, Findings more);

}  // namespace turnpike::config
