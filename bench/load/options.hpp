// The command line of turnpike-bench.
#pragma once

#include <sys/types.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "load/scenario.hpp"
#include "load/usage.hpp"

namespace turnpike::bench {

struct Options {
  std::string target;
  std::vector<std::string> scenarios = {"audio"};
  std::string username, password, local, peer_local, peer_namespace, peer;
  std::string echo;
  bool batch = false;
  std::uint16_t tls_port = 5349;
  std::uint16_t peer_port = 0;
  double seconds = 5;
  double warm_up_s = 0.5;
  int cpu = -1;
  Processes processes;
  Overrides overrides;
  bool segment = false;
  bool json = false;
  bool list = false;
};

// Options in groups, and examples. `options` is what they write to, and must outlive `app`.
void add_options(CLI::App& app, Options& options);

}  // namespace turnpike::bench
