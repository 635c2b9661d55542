// ICMP errors about what a relay sent, told to the client in Data indications (RFC 8656 11.5).
#pragma once

#include <cstdint>

#include "turnpike/turn/core.hpp"

namespace turnpike::turn {

// Holds an ICMP error about a datagram that one of our relays sent.
struct IcmpError {
  PeerEndpoint peer;  // where the datagram was sent, in local form
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;  // MTU of the next hop for "packet too big", else 0
};

// Sends the error to the relay's client as a Data indication. At most 10 a second for each allocation; errors
// of other types and about peers without a permission are dropped.
void report_icmp(Core& core, const RelayEndpoint& relay, const IcmpError& error, TimePoint now);

}  // namespace turnpike::turn
