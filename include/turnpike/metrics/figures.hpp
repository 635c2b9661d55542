// The figures of one scrape, as the parts of the server give them, and the page made of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/tally.hpp"
#include "turnpike/check/page.hpp"
#include "turnpike/fleet/seal.hpp"
#include "turnpike/http/upstreams.hpp"
#include "turnpike/kernel/event_rows.hpp"
#include "turnpike/livekit/service_counters.hpp"
#include "turnpike/livekit/usage_book.hpp"
#include "turnpike/metrics/page.hpp"
#include "turnpike/metrics/process.hpp"
#include "turnpike/path/connection_limiter.hpp"
#include "turnpike/redis/failure.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/worker/counters.hpp"
#include "turnpike/worker/engine_report.hpp"

namespace turnpike::metrics {

// All words that /readyz may give as the reason why new clients are not served.
inline constexpr std::array<std::string_view, 5> kObstacles{
    "draining", "out_of_descriptors", "connections_full", "no_free_port", "no_relay_address"};

// Figures of the kernel engine, if it runs.
struct KernelFigures {
  std::uint32_t flows = 0;
  std::vector<kernel::EventCount> packets;
  std::vector<worker::InterfaceEngine> interfaces;
};

// Figures of one upstream server, over all its rules.
struct UpstreamFigures {
  Endpoint server;
  std::uint64_t answers = 0;
  Tally<http::UpstreamFailure, http::kUpstreamFailures> failures{};
  bool is_failing = false;  // by at least one of the rules

  bool operator==(const UpstreamFigures&) const = default;
};
// Returns the figures of each server, in the order of their first appearance.
std::vector<UpstreamFigures> figures_of(std::span<const http::Upstream> upstreams);

// Figures of the fleet, if Redis is configured.
struct FleetFigures {
  bool is_connected = false;
  std::uint64_t connections = 0;
  Tally<redis::Cause, redis::kCauses> failures{};
  std::size_t outstanding = 0;
  std::size_t nodes = 0;
  std::size_t words = 0;
  fleet::RecordFaults records_refused{};
  bool reconciles = false;
  std::size_t users_elsewhere = 0;                   // users with allocations on other nodes
  std::size_t users_sharing = 0, rooms_sharing = 0;  // whose byte limit is shared with other nodes
};

// All figures of one scrape.
struct Figures {
  std::string version;
  std::string_view obstacle;  // empty: new clients are served
  bool reload_is_in_force = true;
  std::vector<worker::Counters> workers;
  std::size_t workers_late = 0;
  turn::Ledger::Counts ledger{};
  path::ConnectionLimiter::Counts connections{};
  std::optional<UnixSeconds> certificate_expires_unix_s;
  std::optional<KernelFigures> kernel;
  std::vector<UpstreamFigures> upstreams;
  std::optional<FleetFigures> fleet;
  livekit::ServiceCounters livekit;
  livekit::UsageBook::Counts relaying;
  std::size_t barred = 0;
  check::Mintings check;
  Process process;
};

// Makes the page.
Page page_of(const Figures& figures);

}  // namespace turnpike::metrics
