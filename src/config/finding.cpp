#include "turnpike/config/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "turnpike/yaml/error.hpp"

namespace turnpike::config {

std::string Finding::line() const {
  return yaml::ConfigError(place.empty() ? text : fmt::format("{}: {}", place, text)).what();
}

const Finding* first_error(const Findings& findings) {
  const auto found = std::ranges::find(findings, Severity::error, &Finding::severity);
  return found == findings.end() ? nullptr : &*found;
}

void throw_first_error(const Findings& findings) {
  const Finding* const first = first_error(findings);
  if (first == nullptr) return;
  const auto more = std::ranges::count(findings, Severity::error, &Finding::severity) - 1;
  throw yaml::ConfigError(fmt::format("{}{}", first->line(),
                                      more == 0 ? "" : fmt::format(" (and {} more: turnpike check)", more)));
}

std::vector<std::string> warnings_of(const Findings& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) {
    if (finding.severity == Severity::warning) lines.push_back(finding.line());
  }
  return lines;
}

void append(Findings& all, Findings more) { std::ranges::move(more, std::back_inserter(all)); }

}  // namespace turnpike::config
