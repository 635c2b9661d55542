// What the probe found out about each leg, as a table for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/probe/traffic.hpp"

namespace turnpike::probe {

enum class Verdict {
  ok,
  peers_refused,  // allocated, but the rules of the server forbid the probe's own peers
  failed,
};
std::string_view to_string(Verdict verdict);

// One URI. What was not reached is missing.
struct LegResult {
  std::string uri = {};
  std::string transport = {};
  std::string error = {};      // why the leg ended early; empty if it did not
  bool peers_refused = false;  // that is why
  bool interrupted = false;    // by a signal
  bool is_local = false;       // the server is on this host
  std::optional<Endpoint> mapped = {};
  std::optional<Duration> binding_rtt = {};
  std::vector<std::string> sent_to = {};       // other servers that client A was sent to, one by the other
  std::optional<Endpoint> relayed = {};        // where client A's relay is
  std::optional<Endpoint> seen_by_peer = {};   // and where a peer saw it
  std::optional<bool> open_to_others = {};     // what another host sends there unasked arrives
  std::optional<TrafficSummary> traffic = {};  // of turn: and turns:
};

struct Findings {
  std::vector<LegResult> legs = {};
  double loss_max_percent = 0;
  bool has_named_peer = false;  // so that it is a failure if the rules refuse it
  std::vector<std::string> untested = {};

  // ok: no error, nothing corrupt, and no more lost than `loss_max_percent` of what was sent.
  Verdict verdict(const LegResult& leg) const;
  // There are legs, and none has failed.
  bool is_good() const;
};

// A header, a line a leg, what is wrong, and what was not tested.
std::string to_table(const Findings& findings);
// {"ok": bool, "legs": [...], "untested": [...]}; times in milliseconds, absent values are null.
std::string to_json(const Findings& findings);

}  // namespace turnpike::probe
