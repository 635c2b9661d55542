// The same routes in the program and in relay::Forwarder, to compare what they make of the same datagrams.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loaded_program.hpp"
#include "turnpike/relay/forwarder.hpp"

namespace turnpike::kernel {

class RelayWorld {
 public:
  RelayWorld();

  // What leaves when a client sends it to its server, or a peer to a relay; nothing: the forwarder drops it
  // or punts.
  std::optional<Datagram> by_forwarder(const Datagram& datagram);

  // What routes[i] relays: a datagram from its client with ChannelData, and one from its peer.
  Datagram from_client(const relay::Route& route, Bytes payload) const;
  Datagram from_peer(const relay::Route& route, Bytes payload) const;

  LoadedProgram kernel;
  std::vector<relay::Route> routes;
  std::optional<FlowTable> flows;  // none where the program is none
  std::vector<FlowId> ids;         // to_peer and to_client of each route in turn

 private:
  struct EveryPort final : relay::PortFilter {
    bool allows(const PeerEndpoint&, relay::Reach) const override { return true; }
  };

  EveryPort every_port_;
  relay::RouteTable table_;
  relay::Meters meters_{0, 1};
  SeededRandom random_{1};
  relay::Forwarder forwarder_;
  TimePoint now_;
};

}  // namespace turnpike::kernel
