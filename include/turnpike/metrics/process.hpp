// Reads what the process takes of its host from /proc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::metrics {

// The resources of a process.
struct Process {
  double cpu_s = 0;  // user and system time, in seconds
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t threads = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  double started_unix_s = 0;
};

// The units of /proc/PID/stat, whose times are in ticks.
struct ProcessUnits {
  double ticks_per_s = 100;
  std::uint64_t page_bytes = 4096;
  double booted_unix_s = 0;
};
// Parses a line of /proc/PID/stat, which lacks the descriptors. Returns none if the line is malformed.
std::optional<Process> parse_stat(std::string_view line, const ProcessUnits& units);

// Returns the figures of this process; what the system does not tell is 0.
Process read_process();

}  // namespace turnpike::metrics
