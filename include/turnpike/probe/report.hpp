// The probe's results, as a table for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/probe/traffic.hpp"

namespace turnpike::probe {

// The verdict on a leg.
enum class Verdict {
  ok,
  peers_refused,  // allocated, but the server's rules forbid the probe's own peers
  failed,
};
// Returns the word in the table: "ok", "allocated" or "FAILED".
std::string_view to_string(Verdict verdict);

// The result of one leg. Fields for steps that were not reached are unset.
struct LegResult {
  std::string uri = {};
  std::string transport = {};
  std::string error = {};      // why the leg ended early; "" if it did not
  bool peers_refused = false;  // it ended because the server's rules refused the peer
  bool interrupted = false;    // ended by a signal
  bool is_local = false;       // the server is on this host
  std::optional<Endpoint> mapped = {};
  std::optional<Duration> binding_rtt = {};
  std::vector<std::string> sent_to = {};       // redirections of client A, in order
  std::optional<Endpoint> relayed = {};        // relayed address of client A
  std::optional<Endpoint> seen_by_peer = {};   // address from which a peer got its packets
  std::optional<bool> open_to_others = {};     // unrequested packets of another host arrive there
  std::optional<TrafficSummary> traffic = {};  // only for turn: and turns:
};

// The results of all legs.
struct Findings {
  std::vector<LegResult> legs = {};
  double loss_max_percent = 0;
  bool has_named_peer = false;  // a peer was named, so its refusal is a failure
  std::vector<std::string> untested = {};

  // Returns the verdict on a leg. It is `ok` without an error, with no corrupt packet, and with no more
  // packets lost than `loss_max_percent`.
  Verdict verdict(const LegResult& leg) const;
  // Returns whether there are legs and none has failed.
  bool is_good() const;
};

// Returns the table: a header, one line for each leg, the faults, and what was not tested.
std::string to_table(const Findings& findings);
// Returns {"ok": bool, "legs": [...], "untested": [...]}. Times are in milliseconds; absent values are null.
std::string to_json(const Findings& findings);

}  // namespace turnpike::probe
