// What the probe found out about each leg, as a table for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/probe/traffic.hpp"

namespace turnpike::probe {

// One URI. What was not reached is missing.
struct LegResult {
  std::string uri;
  std::string transport;
  std::string error;  // why the leg ended early; empty if it did not
  std::optional<Endpoint> mapped = {};
  std::optional<Duration> binding_rtt = {};
  std::optional<Endpoint> relayed = {};        // where client A's relay is
  std::optional<TrafficSummary> traffic = {};  // of turn: and turns:

  // No error, nothing corrupt, and no more lost than `loss_max_percent` of what was sent.
  bool is_good(double loss_max_percent) const;
};

struct Findings {
  std::vector<LegResult> legs;
  double loss_max_percent = 0;

  bool is_good() const;
};

// A header, a line a leg, and the errors below.
std::string to_table(const Findings& result);
// {"ok": bool, "legs": [...]}; times in milliseconds, absent values are null.
std::string to_json(const Findings& result);

}  // namespace turnpike::probe
