#include "turnpike/turn/peer_rule.hpp"

#include <fmt/format.h>

namespace turnpike::turn {

// An IPv6 prefix needs brackets where ports follow it, for it has colons of its own.
std::string PeerRule::to_string() const {
  const std::string text = prefix.to_string();
  if (all_ports()) return text;
  const std::string host = prefix.address.is_v6() ? fmt::format("[{}]", text) : text;
  return port_min == port_max ? fmt::format("{}:{}", host, port_min)
                              : fmt::format("{}:{}-{}", host, port_min, port_max);
}

}  // namespace turnpike::turn
