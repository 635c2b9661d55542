// Results as lines of a table for people and as JSON lines for programs.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "load/allocations.hpp"
#include "load/traffic.hpp"

namespace turnpike::bench {

using Outcome = std::variant<TrafficResult, AllocationsResult>;

struct Report {
  std::string scenario;
  std::string target;
  bool segment = false;  // the generator sent frames with UDP_SEGMENT, not single packets
  Outcome outcome;
};

// The head of the columns that to_row() of such an outcome has.
std::string to_head(const Outcome& outcome);
std::string to_row(const Report& report);
// What the generator itself did not manage, a line; empty if it managed everything.
std::string to_warning(const Report& report);
// One line; times in microseconds as their names say.
std::string to_json(const Report& report);
std::string to_json(const Usage& used, double seconds);

}  // namespace turnpike::bench
