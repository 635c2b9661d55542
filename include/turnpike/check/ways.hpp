// Lists the ways to this server that a browser can try: URIs by transport and family.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::check {

// A way to this server.
struct Way {
  std::string id;      // "udp-ipv4"; with the port if that is not unique
  std::string kind;    // "udp", "tcp", "tls"
  std::string family;  // "ipv4", "ipv6", or "any" for a name
  std::uint16_t port = 0;
  std::vector<std::string> urls;  // for RTCIceServer

  bool operator==(const Way&) const = default;
};

// Returns the ways. `host` is the Host field of the browser's request over TLS: a name or an address, perhaps
// with a port. UDP and TCP ways lead to the listener's public address; for a wildcard to that of the first
// relay address of its family, or to `host` if there is none. TLS ways lead to `host`, because certificates
// have names. `relays` are local addresses.
std::vector<Way> ways_to(const config::Config& config, const std::vector<IpAddress>& relays,
                         std::string_view host);

// Returns the STUN URIs of the ways over UDP.
std::vector<std::string> stun_urls(const std::vector<Way>& ways);

}  // namespace turnpike::check
