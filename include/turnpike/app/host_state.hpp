// The addresses of this host that matter to relays, and notice of their changes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/host.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::app {

// The addresses of this host at one time.
struct HostState {
  std::vector<IpAddress> relays;     // for new relays; empty if the host has no configured one
  std::vector<IpAddress> addresses;  // all addresses of the host
  std::string obstacle;              // why relays cannot serve other hosts; empty if they can

  bool operator==(const HostState&) const = default;
};

// Returns the current addresses.
HostState host_state(const config::RelayConfig& config);

// Logs what is wrong with the relay addresses.
void warn_of_relays(const config::RelayConfig& config, const HostState& state);

// Calls `on_change` a moment after a change of addresses, links or routes, once for changes that come
// together, until the context ends. If the kernel refuses to report changes, logs that and returns.
boost::asio::awaitable<void> follow_host(std::function<void()> on_change);

// Waits until the host has every address that the configuration names and one for relays, at most
// relay.wait_for_addresses_s. Tells the service manager meanwhile. Blocks.
void wait_for_addresses(const config::Config& config, const config::Origins& origins);

}  // namespace turnpike::app
