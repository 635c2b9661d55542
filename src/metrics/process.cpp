#include "turnpike/metrics/process.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace turnpike::metrics {
namespace {

// Places of proc(5), counted from the one behind the name, which may hold spaces and brackets.
enum Field : std::size_t {
  utime = 11,
  stime = 12,
  threads = 17,
  started = 19,
  virtual_bytes = 20,
  resident_pages = 21
};

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

double booted_unix_s() {
  std::ifstream file("/proc/stat");
  double seconds = 0;
  for (std::string word; file >> word;) {
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

// Since Linux 6.2 the size of the folder is their number, which spares looking at each of thousands.
std::uint64_t open_fds() {
  constexpr const char* kFolder = "/proc/self/fd";
  struct stat folder {};
  if (::stat(kFolder, &folder) == 0 && folder.st_size > 0) return static_cast<std::uint64_t>(folder.st_size);
  std::error_code ignored;
  std::uint64_t count = 0;
  for (auto each = std::filesystem::directory_iterator(kFolder, ignored);
       each != std::filesystem::directory_iterator(); each.increment(ignored))
    ++count;
  return count;
}

std::uint64_t max_fds() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace

std::optional<Process> parse_stat(std::string_view line, const ProcessUnits& units) {
  const std::size_t name_ends = line.rfind(')');
  if (name_ends == std::string_view::npos) return std::nullopt;
  std::istringstream rest{std::string(line.substr(name_ends + 1))};
  std::vector<std::uint64_t> fields;
  std::string state;
  rest >> state;
  fields.push_back(0);
  for (std::string word; rest >> word;) fields.push_back(std::strtoull(word.c_str(), nullptr, 10));
  if (fields.size() <= resident_pages) return std::nullopt;
  const auto ticks = [&](Field field) { return static_cast<double>(fields[field]) / units.ticks_per_s; };
  return Process{.cpu_s = ticks(utime) + ticks(stime),
                 .resident_bytes = fields[resident_pages] * units.page_bytes,
                 .virtual_bytes = fields[virtual_bytes],
                 .threads = fields[threads],
                 .open_fds = 0,
                 .max_fds = 0,
                 .started_unix_s = units.booted_unix_s + ticks(started)};
}

Process read_process() {
  const ProcessUnits units{.ticks_per_s = static_cast<double>(sysconf(_SC_CLK_TCK)),
                           .page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)),
                           .booted_unix_s = booted_unix_s()};
  Process process = parse_stat(first_line("/proc/self/stat"), units).value_or(Process{});
  process.open_fds = open_fds();
  process.max_fds = max_fds();
  return process;
}

}  // namespace turnpike::metrics
