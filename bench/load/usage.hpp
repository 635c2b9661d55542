// What processes and cores have used, so that work inside the kernel cannot hide.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace turnpike::bench {

// Sums since start of the process or system; subtract two for what was used between. Nanoseconds.
struct Usage {
  std::int64_t server_ns = 0;     // user and system time of the server's processes, exact
  std::int64_t generator_ns = 0;  // of this process, exact
  std::int64_t busy_ns = 0;       // all cores, all work: interrupts and kernel threads too; in ticks of 10 ms
  std::int64_t softirq_ns = 0;    // the part of busy_ns that is soft interrupts
  std::vector<std::int64_t> core_busy_ns = {};

  bool operator==(const Usage&) const = default;
};

Usage operator-(const Usage& later, const Usage& earlier);

// Processes that do not exist count as 0.
Usage read_usage(std::span<const pid_t> server);
// Resident memory of the processes together.
std::int64_t read_memory_bytes(std::span<const pid_t> server);

// The cores in the text of /proc/stat, with `tick_ns` a tick.
Usage parse_cores(std::string_view proc_stat, std::int64_t tick_ns);

}  // namespace turnpike::bench
