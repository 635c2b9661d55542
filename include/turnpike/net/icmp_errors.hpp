// ICMP errors that came back for datagrams of a socket, from its error queue.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::net {

// An ICMP error that a router or host has sent about a datagram of ours.
struct IcmpError {
  Endpoint peer{};        // the destination of the datagram, not the sender of the error
  std::uint8_t type = 0;  // the type of ICMP or ICMPv6, by the peer's family
  std::uint8_t code = 0;
  // next-hop MTU of ICMP type 3 code 4 and ICMPv6 type 2, otherwise 0 (RFC 8656 18.13)
  std::uint32_t mtu = 0;

  bool operator==(const IcmpError&) const = default;
};

// Removes and returns the oldest error of a socket that was opened with `error_queue`; none if the queue is
// empty. Errors of local origin are discarded.
std::optional<IcmpError> next_icmp_error(const UdpSocket& socket);

}  // namespace turnpike::net
