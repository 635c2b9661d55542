// What LiveKit promises its clients of this server, according to its configuration: where it listens, and
// what it accepts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/livekit/server_config.hpp"

namespace turnpike::livekit {

struct Serving {
  std::vector<std::uint16_t> udp, tcp, tls;  // ports, each once
  std::vector<std::uint16_t>
      behind_balancer;  // TCP ports in place of `tls` where nobody gives us a certificate
  std::optional<turn::PortRange> relay_ports;  // none: not said
  std::vector<std::string> urls;               // in LiveKit's order
  std::vector<std::string> rest_secrets;       // each once
  auth::Secrets users;                         // names that LiveKit gives to everybody
  std::int64_t ttl_s = 0;  // of the embedded server's credentials; of the external ones where that is off
  Endpoint api{};          // where LiveKit answers to HTTP, if it is on this host

  std::string api_url() const { return "http://" + api.to_string(); }

  bool operator==(const Serving&) const = default;
};

Serving serving(const ServerConfig& config);

// For people who ask whether the configuration is understood; each line names the keys that it is about.
struct Notes {
  std::vector<std::string> understood;
  std::vector<std::string> ignored;
  std::vector<std::string> livekit_needs;  // what has to change in LiveKit's file, or clients will not use
                                           // this server as they could
};

// What this server's own configuration says already, and need not be asked for.
struct Given {
  bool peers = false;      // peers.allow
  bool addresses = false;  // listen.udp or relay.addresses
};

Notes explain(const ServerConfig& config, const Given& given = {});

}  // namespace turnpike::livekit
