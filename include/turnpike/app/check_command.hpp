// `turnpike check`: shows what a configuration means on this host and everything that is wrong with it.
#pragma once

#include <string>

#include "turnpike/base/time.hpp"
#include "turnpike/config/load.hpp"

namespace turnpike::app {

// What the command prints.
struct CheckReport {
  std::string understood;  // the configuration as YAML, and LiveKit's file in comments
  config::Findings findings;
  std::string summary;  // empty if there is an error
};

// Checks the configuration as the server does at its start, but binds no port and creates nothing.
CheckReport check(config::Loaded loaded, UnixSeconds now_unix_s);

// Prints the report to standard output and the findings to standard error. Returns the exit code.
int print(const CheckReport& report);

}  // namespace turnpike::app
