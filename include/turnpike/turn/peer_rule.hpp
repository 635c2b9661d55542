// A rule about peers: a prefix, and the ports of it that the rule speaks of.
#pragma once

#include <cstdint>
#include <string>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::turn {

// Holds one rule; port_min and port_max are inclusive.
struct PeerRule {
  IpPrefix prefix;
  std::uint16_t port_min = 0;
  std::uint16_t port_max = 65535;

  bool matches(const PeerEndpoint& peer) const {
    return matches_address(peer.address) && peer.port >= port_min && peer.port <= port_max;
  }
  bool matches_address(const IpAddress& address) const { return prefix.contains(address); }
  bool all_ports() const { return port_min == 0 && port_max == 65535; }
  // Returns the rule as the configuration writes it: "10.0.0.0/8", "10.0.0.0/8:443",
  // "[2001:db8::/32]:50000-60000".
  std::string to_string() const;

  bool operator==(const PeerRule&) const = default;
};

}  // namespace turnpike::turn
