// Asks STUN servers which address others see of a socket of this host (RFC 8489 14.2).
#pragma once

#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::lookup {

// The finding for one local address.
struct SeenAddress {
  IpAddress local;
  std::optional<IpAddress> seen;  // none: no server has answered
  Endpoint server;                // the server that has answered

  bool operator==(const SeenAddress&) const = default;
};

// Asks all servers of its family from a socket of each local address; for each address the first answer
// counts. Returns in the order of `locals`, at the latest after `patience`.
boost::asio::awaitable<std::vector<SeenAddress>> ask_where(std::vector<IpAddress> locals,
                                                           std::vector<Endpoint> servers, Duration patience);

}  // namespace turnpike::lookup
