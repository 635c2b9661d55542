// The promises that LiveKit's configuration makes to clients about this server: where to reach it, and what
// is accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/livekit/server_config.hpp"

namespace turnpike::livekit {

// Ports, URLs and credentials that clients are told.
struct Serving {
  std::vector<std::uint16_t> udp, tcp, tls;  // ports, each once
  // TCP ports that serve a balancer in place of `tls`, if this server has no certificate.
  std::vector<std::uint16_t> behind_balancer;
  std::optional<turn::PortRange> relay_ports;  // none: not given
  std::vector<std::string> urls;               // in LiveKit's order
  std::vector<std::string> rest_secrets;       // each once
  auth::Secrets users;                         // names and passwords that all clients share
  std::int64_t ttl_s = 0;  // of the embedded server's credentials; of the external ones if that is off
  Endpoint api{};          // where LiveKit serves HTTP, if it is on this host

  std::string api_url() const { return "http://" + api.to_string(); }

  bool operator==(const Serving&) const = default;
};

// Returns what a LiveKit with this configuration promises.
Serving serving(const ServerConfig& config);

// Explains to an operator how the configuration is understood; each line names the keys that it is about.
struct Notes {
  std::vector<std::string> understood;
  std::vector<std::string> ignored;
  // Changes to LiveKit's file that would let clients use this server fully.
  std::vector<std::string> livekit_needs;
};

// The settings that this server's own configuration has already, so that LiveKit's file need not have them.
struct Given {
  bool peers = false;      // peers.allow
  bool addresses = false;  // listen.udp or relay.addresses
};

// Returns the notes on a configuration.
Notes explain(const ServerConfig& config, const Given& given = {});

}  // namespace turnpike::livekit
