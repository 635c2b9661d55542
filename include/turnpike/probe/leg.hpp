// One leg of the probe: a server at one address, measured from Binding to the echo of the last packet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/client/uri.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/probe/report.hpp"

namespace turnpike::probe {

// Who sends the packets back.
enum class PeerKind : std::uint8_t {
  relay,  // a second client B: A sends to B's relayed address and B answers to A's, so all passes the relay
          // twice
  self,   // a UDP socket on the address that the server is reached from, for servers that do not relay to
          // themselves
  stun,   // whoever is at `at` and answers Binding requests
};

struct Peer {
  PeerKind kind = PeerKind::relay;
  Endpoint at = {};
};

struct Target {
  client::ServerUri uri;
  std::optional<IpAddress> at = {};  // where the URI's host is taken to be; none: as it is resolved
};

struct Options {
  std::vector<std::string> uris = {};
  std::vector<Target> listeners = {};  // probed after the URIs
  std::string username = {};
  std::string password = {};
  std::uint32_t count = 100;  // packets a leg
  std::uint32_t size = 1000;  // bytes a packet, kPacketMin to client::kPayloadMax; Bindings have their own
  std::uint32_t packets_per_second = 200;
  Duration timeout = std::chrono::seconds(
      5);  // of each step: connect, Binding, Allocate, permissions, the last packet's echo
  double loss_max_percent = 0;  // a leg that lost more has failed
  bool insecure = false;        // takes any certificate
  std::string ca_file = {};     // PEM; empty = the system's
  PeerKind peer = PeerKind::relay;
  std::string peer_at = {};                // of PeerKind::stun: HOST[:PORT]
  std::vector<std::string> untested = {};  // what the caller knows to be left out, a line each
  std::string relay_ports = {};            // of the server, where they are known: "30000-40000"
  bool json = false;
};

// All addresses of the URI's host with its port. Throws std::runtime_error, in words, if there is none.
std::vector<Endpoint> resolve(const client::ServerUri& uri);

// Tries the addresses of the target in turn until one answers. Everything that goes wrong is told in the
// result. Whatever was allocated is ended in any case.
LegResult run_leg(const Target& target, const Options& options, const Peer& peer,
                  boost::asio::ssl::context& tls);

}  // namespace turnpike::probe
