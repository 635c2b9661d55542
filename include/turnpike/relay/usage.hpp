// What allocations relay, and for whom, as a worker hands it over to whoever keeps accounts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/relay/route_table.hpp"

namespace turnpike::relay {

struct AllocationUsage {
  AllocationId allocation = 0;
  std::string user_id;
  TimePoint since;
  Transport transport = Transport::udp;  // of the client
  Traffic traffic;                       // by whichever engine

  bool operator==(const AllocationUsage&) const = default;
};

// An allocation stands in `live` of the latest report, until it stands once, with its last counters, in
// `ended`.
struct UsageReport {
  std::uint32_t worker = 0;
  // All of the worker's; none: as before, but for those that have ended.
  std::optional<std::vector<AllocationUsage>> live;
  std::vector<AllocationUsage> ended;  // since the report before

  bool operator==(const UsageReport&) const = default;
};

}  // namespace turnpike::relay
