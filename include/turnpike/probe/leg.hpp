// One leg of the probe: measures a server at one address, from Binding to the echo of the last packet.
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

// The peer that sends the packets back.
enum class PeerKind : std::uint8_t {
  // A second client B: A sends to B's relayed address and B answers to A's, so packets pass the relay twice.
  relay,
  // A UDP socket on the local address that the server is reached from, for servers that do not relay to
  // themselves.
  self,
  // A STUN server at `at`, which answers Binding requests.
  stun,
};

// The peer of a leg.
struct Peer {
  PeerKind kind = PeerKind::relay;
  // Address of a peer of kind `stun`.
  Endpoint at = {};
};

// A server to probe.
struct Target {
  client::ServerUri uri;
  std::optional<IpAddress> at = {};  // replaces the addresses of the URI's host
};

// Options of the probe.
struct Options {
  std::vector<std::string> uris = {};
  std::vector<Target> listeners = {};  // probed after the URIs
  std::string username = {};
  std::string password = {};
  std::uint32_t count = 100;  // packets of a leg
  // Bytes of a packet, kPacketMin to client::kPayloadMax; does not apply to Binding requests.
  std::uint32_t size = 1000;
  std::uint32_t packets_per_second = 200;
  // Bounds each step: connect, Binding, Allocate, permissions, the last packet's echo.
  Duration timeout = std::chrono::seconds(5);
  double loss_max_percent = 0;  // a leg that loses more fails
  bool insecure = false;        // accept any certificate
  std::string ca_file = {};     // PEM; empty = the system's
  PeerKind peer = PeerKind::relay;
  std::string peer_at = {};                // HOST[:PORT] for PeerKind::stun
  std::vector<std::string> untested = {};  // lines about what the caller has left out
  std::string relay_ports = {};            // of the server if known, such as "30000-40000"
  bool json = false;
};

// Returns all addresses of the URI's host with its port. Blocks. Throws std::runtime_error with words for
// people if there are none.
std::vector<Endpoint> resolve(const client::ServerUri& uri);

// Measures one leg: tries the target's addresses in turn until one answers, and ends every allocation in any
// case. Never fails: the result says what went wrong.
LegResult run_leg(const Target& target, const Options& options, const Peer& peer,
                  boost::asio::ssl::context& tls);

}  // namespace turnpike::probe
