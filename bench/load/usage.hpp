// What processes and cores have used, so that work inside the kernel cannot hide.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace turnpike::bench {

// Sums of which only differences mean something: subtract an earlier reading for what was used between.
// Nanoseconds.
struct Usage {
  std::int64_t server_ns = 0;     // user and system time of the server's processes, exact
  std::int64_t peer_ns = 0;       // of those of peers, exact
  std::int64_t generator_ns = 0;  // of this process, exact
  std::int64_t kernel_ns = 0;  // of the kernel's threads that process packets (NAPI, soft interrupts), exact
  std::int64_t busy_ns = 0;    // all cores, all work, whoever's; to 10 ms a core
  std::int64_t stolen_ns = 0;  // all cores: what the host of a virtual machine took away; as far as it was
                               // not idle, part of busy_ns
  std::vector<std::int64_t> core_busy_ns = {};

  // All work for the packets, but for interrupts that met an idle core or a stranger. The rest of busy_ns
  // should be little.
  std::int64_t work_ns() const { return server_ns + peer_ns + generator_ns + kernel_ns; }

  bool operator==(const Usage&) const = default;
};

Usage operator-(const Usage& later, const Usage& earlier);

// Those whose CPU is read, beside this one.
struct Processes {
  std::vector<pid_t> server = {};
  std::vector<pid_t> peer = {};
};

// Processes that do not exist count as 0.
Usage read_usage(const Processes& processes);
// Resident memory of the processes together.
std::int64_t read_memory_bytes(std::span<const pid_t> server);

// The cores in the text of /proc/stat, read at `now_ns` of any steady clock, with `tick_ns` a tick. Busy is
// what is not idle: where the kernel counts busy time by sampling at ticks it misses or doubles work that
// comes in bursts, but idle time it always measures.
Usage parse_cores(std::string_view proc_stat, std::int64_t now_ns, std::int64_t tick_ns);

}  // namespace turnpike::bench
