// As which address others see a socket of this host, by the word of STUN servers (RFC 8489 14.2).
#pragma once

#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::lookup {

struct SeenAddress {
  IpAddress local;
  std::optional<IpAddress> seen;  // none: no server has answered
  Endpoint server;                // which has

  bool operator==(const SeenAddress&) const = default;
};

// Asks all servers from a socket of each local address; of each the first answer counts. Servers of another
// family are not asked. Returns in the order of `locals`, after `patience` at the latest.
boost::asio::awaitable<std::vector<SeenAddress>> ask_where(std::vector<IpAddress> locals,
                                                           std::vector<Endpoint> servers, Duration patience);

}  // namespace turnpike::lookup
