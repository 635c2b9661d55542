// The server as a process: workers in threads, signals and reloads on the main thread.
#pragma once

#include "turnpike/app/reconfiguration.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/found.hpp"

namespace turnpike::app {

// Exit codes of the server and of the command line.
inline constexpr int kExitOk = 0;
// Exit code of a failed start, such as an address in use, or of a server that a worker's fault has ended.
inline constexpr int kExitFailed = 1;
inline constexpr int kExitBadConfig = 2;

// Runs the server until SIGTERM, SIGINT or SIGUSR1 and returns the exit code. `config` is what `source` has
// loaded with `found`. Throws std::runtime_error with one line if the server cannot start.
int serve(const config::Config& config, const ConfigSource& source, const config::Found& found = {});

}  // namespace turnpike::app
