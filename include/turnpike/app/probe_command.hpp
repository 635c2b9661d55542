// `turnpike probe`: its options, and what a configuration gives to probe.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/config/load.hpp"
#include "turnpike/probe/leg.hpp"

namespace turnpike::app {

struct ProbeCommand {
  probe::Options options;
  std::string password_file;
};

// `command` is what its arguments are written to, and must outlive `app`.
void add_probe_options(CLI::App& app, ProbeCommand& command);

// The password from --password, else the file, else the variable TURNPIKE_PROBE_PASSWORD. Throws ConfigError.
std::string find_password(const ProbeCommand& command, const config::NamesAndValues& environment);

// What the options leave open: without a URI each listener of the configuration is probed, by an address of
// this host, and without a name a credential is made, or taken from the users. `relays` are the relay
// addresses in force, which wildcards are reached by. Throws ConfigError.
probe::Options plan_probe(probe::Options options, const config::Loaded& loaded,
                          const std::vector<IpAddress>& relays, UnixSeconds now_unix_s);

}  // namespace turnpike::app
