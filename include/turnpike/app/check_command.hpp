// `turnpike check`: what a configuration means on this host, and everything that is wrong with it.
#pragma once

#include <string>

#include "turnpike/base/time.hpp"
#include "turnpike/config/load.hpp"

namespace turnpike::app {

struct CheckReport {
  std::string understood;  // the configuration as YAML, and LiveKit's file in comments
  config::Findings findings;
  std::string summary;  // empty if there is an error
};

// Judges as the server does at its start, and neither binds a port nor makes anything.
CheckReport check(config::Loaded loaded, UnixSeconds now_unix_s);

// To standard output, and what is wrong to standard error. Returns the exit code.
int print(const CheckReport& report);

}  // namespace turnpike::app
