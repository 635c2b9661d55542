// One leg of the probe: a server at one address, measured from Binding to the echo of the last packet.
#pragma once

#include <cstdint>
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
};

struct Options {
  std::vector<std::string> uris = {};
  std::string username = {};
  std::string password = {};
  std::uint32_t count = 100;  // packets a leg
  std::uint32_t size = 1000;  // bytes a packet, kProbePacketMin to client::kPayloadMax
  std::uint32_t packets_per_second = 200;
  Duration timeout = std::chrono::seconds(
      5);  // of each step: connect, Binding, Allocate, permissions, the last packet's echo
  double loss_max_percent = 0;  // a leg that lost more has failed
  bool insecure = false;        // takes any certificate
  std::string ca_file = {};     // PEM; empty = the system's
  PeerKind peer = PeerKind::relay;
  bool json = false;
};

// Tries the addresses of the URI's host in turn until one answers. Everything that goes wrong is told in the
// result.
LegResult run_leg(const client::ServerUri& uri, const Options& options, boost::asio::ssl::context& tls);

}  // namespace turnpike::probe
