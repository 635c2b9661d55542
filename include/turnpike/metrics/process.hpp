// What the process takes of its host, as /proc tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::metrics {

struct Process {
  double cpu_s = 0;  // user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  double started_unix_s = 0;
};

// Times of /proc/PID/stat are in ticks.
struct ProcessUnits {
  double ticks_per_s = 100;
  std::uint64_t page_bytes = 4096;
  double booted_unix_s = 0;
};
// Of one such line; descriptors are not in it. None: it is no such line.
std::optional<Process> parse_stat(std::string_view line, const ProcessUnits& units);

// Of this process; what the system does not tell is 0.
Process read_process();

}  // namespace turnpike::metrics
