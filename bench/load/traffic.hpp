// Sends the packets of a fleet, receives them where they should arrive, and keeps the books.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "load/books.hpp"
#include "load/fleet.hpp"
#include "load/histogram.hpp"
#include "load/progress.hpp"
#include "load/usage.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::bench {

struct TrafficOptions {
  Duration warm_up = std::chrono::milliseconds(500);
  Duration measured = std::chrono::seconds(5);
  bool segment = false;  // UDP frames leave as one (UDP_SEGMENT)
  Processes processes = {};
};

struct TrafficResult {
  Totals totals;  // of the whole run, the time before and after the measured window included
  // Of the measured window:
  Histogram latency;  // of a packet's whole way
  double seconds = 0;
  std::uint64_t relayed = 0;        // packets, counted again each time that one leaves a relay
  std::uint64_t relayed_bytes = 0;  // of payload
  std::uint64_t late_frames =
      0;  // open loop: sent more than 1 ms after they were due, which is the generator's fault
  Usage used;
};

TrafficResult run_traffic(Fleet& fleet, const TrafficOptions& options, Progress& progress);

}  // namespace turnpike::bench
