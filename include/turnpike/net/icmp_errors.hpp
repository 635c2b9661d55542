// ICMP errors that came back for datagrams of a socket, from its error queue.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::net {

struct IcmpError {
  Endpoint peer{};        // where the datagram had been sent; not who complained
  std::uint8_t type = 0;  // of ICMP or ICMPv6, as the peer's family says
  std::uint8_t code = 0;
  std::uint32_t mtu = 0;  // next-hop MTU of ICMP 3/4 and ICMPv6 type 2, otherwise 0 (RFC 8656 18.13)

  bool operator==(const IcmpError&) const = default;
};

// The oldest error of a socket opened with `error_queue`, taken out; nothing if there is none. Errors of
// local origin are discarded.
std::optional<IcmpError> next_icmp_error(const UdpSocket& socket);

}  // namespace turnpike::net
