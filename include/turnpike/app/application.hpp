// The server as a process: workers in threads, signals and reloads on the main thread.
#pragma once

#include "turnpike/app/reconfiguration.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/found.hpp"

namespace turnpike::app {

// Exit codes of the program.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // could not start: an address in use; or a fault ended a worker
inline constexpr int kExitBadConfig = 2;

// Serves until SIGTERM, SIGINT or SIGUSR1. `config` is what the source has loaded with what was `found`.
// Throws std::runtime_error with one line if the server cannot start.
int serve(const config::Config& config, const ConfigSource& source, const config::Found& found = {});

}  // namespace turnpike::app
