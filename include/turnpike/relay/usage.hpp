// What allocations relay, and for which users, as a worker reports it for accounting.
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

// Holds what one allocation has relayed since it began.
struct AllocationUsage {
  AllocationId allocation = 0;
  std::string user_id;
  TimePoint since;                       // when the allocation began
  Transport transport = Transport::udp;  // how the client is connected
  Traffic traffic;                       // relayed by any engine

  bool operator==(const AllocationUsage&) const = default;
};

// Holds what one worker reports at once. An allocation is in `live` of the latest report until it is in
// `ended` of one report, with its final counters.
struct UsageReport {
  std::uint32_t worker = 0;
  // All live allocations of the worker. nullopt: those of the last report, without the ended ones.
  std::optional<std::vector<AllocationUsage>> live;
  std::vector<AllocationUsage> ended;  // ended since the last report

  bool operator==(const UsageReport&) const = default;
};

}  // namespace turnpike::relay
