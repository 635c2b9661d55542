// The server as a process: workers in threads, signals and reloads on the main thread.
#pragma once

#include <functional>
#include <string>

#include "turnpike/config/config.hpp"

namespace turnpike::app {

// Exit codes of the program.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // could not start: an address in use; or a fault ended a worker
inline constexpr int kExitBadConfig = 2;

// Serves until SIGTERM, SIGINT or SIGUSR1. `file` is the one that `config` was read from, for the log; empty:
// none. `load` reads the configuration anew for SIGHUP; it throws
// ConfigError, upon which what is running stays. Throws std::runtime_error with one line if the server cannot
// start.
int serve(const config::Config& config, const std::function<config::Config()>& load,
          const std::string& file = "");

}  // namespace turnpike::app
