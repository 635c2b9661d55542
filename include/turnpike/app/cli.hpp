// The command line: serve (the default), check, mint, probe, import-coturn, and the commands of the console.
#pragma once

namespace turnpike::app {

// Runs the command of the command line. Returns the exit code: 0; 1 if the command failed; 2, with one line
// on standard error, if options or configuration are wrong. `environment` is an array like `environ`.
int run_command_line(int argc, const char* const* argv, const char* const* environment);

}  // namespace turnpike::app
