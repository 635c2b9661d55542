// Reads CPU clocks of processes, /proc/stat and what /proc/PID tells.
#include "load/usage.hpp"

#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace turnpike::bench {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::int64_t read_clock_ns(clockid_t clock) {
  timespec time{};
  return ::clock_gettime(clock, &time) == 0 ? std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec : 0;
}

std::int64_t read_process_ns(pid_t pid) {
  clockid_t clock;
  return ::clock_getcpuclockid(pid, &clock) == 0 ? read_clock_ns(clock) : 0;
}

bool processes_packets(const std::string& thread) {
  return thread.starts_with("napi/") || thread.starts_with("ksoftirqd/");
}

std::int64_t read_kernel_ns() {
  std::int64_t sum_ns = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (!processes_packets(read_file(entry.path() / "comm"))) continue;
    std::istringstream run_time(read_file(entry.path() / "schedstat"));
    std::int64_t ns = 0;
    if (run_time >> ns) sum_ns += ns;
  }
  return sum_ns;
}

}  // namespace

Usage operator-(const Usage& later, const Usage& earlier) {
  Usage used = later;
  used.server_ns -= earlier.server_ns;
  used.peer_ns -= earlier.peer_ns;
  used.generator_ns -= earlier.generator_ns;
  used.kernel_ns -= earlier.kernel_ns;
  used.busy_ns -= earlier.busy_ns;
  used.stolen_ns -= earlier.stolen_ns;
  for (std::size_t i = 0; i < used.core_busy_ns.size() && i < earlier.core_busy_ns.size(); ++i) {
    used.core_busy_ns[i] -= earlier.core_busy_ns[i];
  }
  return used;
}

Usage parse_cores(std::string_view proc_stat, std::int64_t now_ns, std::int64_t tick_ns) {
  enum { user, nice, system, idle, iowait, irq, softirq, steal, kFields };
  Usage usage;
  std::istringstream lines{std::string(proc_stat)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name.size() < 4 || !name.starts_with("cpu")) continue;  // "cpu" alone is the sum of all
    std::array<std::int64_t, kFields> ticks{};
    for (auto& value : ticks) words >> value;
    usage.core_busy_ns.push_back(now_ns - (ticks[idle] + ticks[iowait]) * tick_ns);
    usage.busy_ns += usage.core_busy_ns.back();
    usage.stolen_ns += ticks[steal] * tick_ns;
  }
  return usage;
}

Usage read_usage(const Processes& processes) {
  Usage usage = parse_cores(read_file("/proc/stat"), read_clock_ns(CLOCK_MONOTONIC),
                            1'000'000'000 / ::sysconf(_SC_CLK_TCK));
  for (const pid_t pid : processes.server) usage.server_ns += read_process_ns(pid);
  for (const pid_t pid : processes.peer) usage.peer_ns += read_process_ns(pid);
  usage.kernel_ns = read_kernel_ns();
  usage.generator_ns = read_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  return usage;
}

std::int64_t read_memory_bytes(std::span<const pid_t> server) {
  std::int64_t bytes = 0;
  for (const pid_t pid : server) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    std::int64_t size = 0;
    std::int64_t resident = 0;
    if (file >> size >> resident) bytes += resident * ::sysconf(_SC_PAGESIZE);
  }
  return bytes;
}

}  // namespace turnpike::bench
