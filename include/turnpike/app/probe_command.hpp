// `turnpike probe`: its options, and the targets that follow from a configuration.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/config/load.hpp"
#include "turnpike/probe/leg.hpp"

namespace turnpike::app {

// The arguments of the command.
struct ProbeCommand {
  probe::Options options;
  std::string password_file;
};

// Adds the options to `app`, which writes them into `command`; `command` must outlive `app`.
void add_probe_options(CLI::App& app, ProbeCommand& command);

// Returns the password from --password, or the file, or the variable TURNPIKE_PROBE_PASSWORD. Throws
// ConfigError if the file cannot be read.
std::string find_password(const ProbeCommand& command, const config::NamesAndValues& environment);

// Completes the options from the configuration. Without a URI each listener is probed, by an address of this
// host; without a user name a credential is made or taken from the configured users. `relays` are the relay
// addresses in force, by which wildcard listeners are reached. Throws ConfigError.
probe::Options plan_probe(probe::Options options, const config::Loaded& loaded,
                          const std::vector<IpAddress>& relays, UnixSeconds now_unix_s);

}  // namespace turnpike::app
