// What allocations cost a server: many that are held, and few that come and go.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "load/histogram.hpp"
#include "load/progress.hpp"
#include "load/scenario.hpp"
#include "load/target.hpp"
#include "load/usage.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::bench {

struct AllocationsResult {
  std::uint64_t made = 0;  // with a permission and a channel each
  std::uint64_t failed =
      0;  // given up because the server refused or did not answer, and tried again from another port
  double seconds = 0;
  Histogram latency = {};  // from the first packet until the channel is bound
  Usage used = {};
  double memory_bytes_each = 0;  // hold: by how much the server's resident memory grows with each, as the
                                 // slope of a line through samples
};

// Makes so many allocations as the part has clients, then gives them back. Throws std::runtime_error if the
// server refuses too many.
AllocationsResult run_hold(const Target& target, const Part& part, const Processes& processes,
                           Progress& progress);

// Allocates, permits, binds and deletes in as many hands as the part has clients, each time from a new
// socket. Throws as above.
AllocationsResult run_churn(const Target& target, const Part& part, Duration measured,
                            const Processes& processes, Progress& progress);

// The slope of the line of least squares through the points; 0 for fewer than two.
double slope(const std::vector<std::pair<double, double>>& points);

}  // namespace turnpike::bench
