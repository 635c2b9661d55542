// ICMP errors about what a relay sent, told to the client in Data indications (RFC 8656 11.5).
#pragma once

#include <cstdint>

#include "turnpike/turn/core.hpp"

namespace turnpike::turn {

// About a datagram that one of our relays sent; `mtu` is the next hop's for "too big", else 0.
struct IcmpError {
  PeerEndpoint peer;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;
};

void report_icmp(Core& core, const RelayEndpoint& relay, const IcmpError& error, TimePoint now);

}  // namespace turnpike::turn
