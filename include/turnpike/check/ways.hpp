// The ways to this server that a browser can try: which URIs, by which transport and family.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::check {

struct Way {
  std::string id;      // "udp-ipv4", and with its port where that would be there twice
  std::string kind;    // "udp", "tcp", "tls"
  std::string family;  // "ipv4", "ipv6", or "any" where a name stands for the server
  std::uint16_t port = 0;
  std::vector<std::string> urls;  // as RTCIceServer has them

  bool operator==(const Way&) const = default;
};

// `host` is what a browser has called the server by over TLS: a name or an address and perhaps a port, as the
// Host field has it. UDP and TCP go to the listener's address as others see it; where it is a wildcard, to
// that of the first relay address of its family, and where there is none at all, to `host`. TLS goes to
// `host`, for a certificate has names. `relays` are local addresses.
std::vector<Way> ways_to(const config::Config& config, const std::vector<IpAddress>& relays,
                         std::string_view host);

// The STUN URIs of those over UDP.
std::vector<std::string> stun_urls(const std::vector<Way>& ways);

}  // namespace turnpike::check
