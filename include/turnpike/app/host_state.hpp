// The addresses of this host at one time, as far as they matter to relays, and when there may be others.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/host.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::app {

struct HostState {
  std::vector<IpAddress> relays;     // on which relays are opened; none where no configured one is here
  std::vector<IpAddress> addresses;  // all of the host's
  std::string obstacle;              // why relays serve nobody elsewhere; empty: they do

  bool operator==(const HostState&) const = default;
};

HostState host_state(const config::RelayConfig& config);

// For the log: what is wrong with the relay addresses.
void warn_of_relays(const config::RelayConfig& config, const HostState& state);

// Calls it a moment after each change of addresses, links or routes, once for all that come together, until
// the context ends. Where the kernel does not tell, the log says so, and that is all.
boost::asio::awaitable<void> follow_host(std::function<void()> on_change);

// Waits until the host has every address that the configuration names, and one for relays, so long at most.
// The service manager is told meanwhile.
void wait_for_addresses(const config::Config& config, const config::Origins& origins);

}  // namespace turnpike::app
