#include "turnpike/config/relay_addresses.hpp"

#include "turnpike/net/interfaces.hpp"

namespace turnpike::config {

std::vector<IpAddress> relay_addresses(const RelayConfig& config) {
  if (!config.addresses.empty()) return config.addresses;
  if (auto routed = net::default_route_addresses(); !routed.empty()) return routed;
  std::vector<IpAddress> reachable;
  for (const IpAddress& address : net::local_addresses()) {
    const auto scope = net::scope_of(address);
    if (scope == net::AddressScope::global || scope == net::AddressScope::private_use)
      reachable.push_back(address);
  }
  if (!reachable.empty()) return reachable;
  return {IpAddress::v4(127, 0, 0, 1)};
}

}  // namespace turnpike::config
