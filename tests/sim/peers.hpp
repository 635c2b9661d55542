// All peers of the simulation: they answer letters, write by themselves, and some of their ports are closed.
#pragma once

#include <map>
#include <vector>

#include "crowd.hpp"

namespace turnpike::sim {

class Peers {
 public:
  Peers(Site& site, Crowd& crowd, Network& network, Timeline& timeline, Dice& dice, Referee& referee)
      : site_(site),
        crowd_(crowd),
        network_(network),
        timeline_(timeline),
        dice_(dice),
        referee_(referee),
        letters_sent_(kPeers) {}

  // A datagram from a relay, on its way to a peer; another relay may be the peer.
  void carry(const Endpoint& relay, const Endpoint& peer, const Parcel& parcel);
  // One of them writes to some client, whether or not it may.
  void write();

 private:
  void receive(HostId id, const Endpoint& relay, const Parcel& parcel);
  void send(HostId from, const Endpoint& relay);
  void complain(const Endpoint& relay, const Endpoint& peer);

  Site& site_;
  Crowd& crowd_;
  Network& network_;
  Timeline& timeline_;
  Dice& dice_;
  Referee& referee_;
  std::vector<std::uint32_t> letters_sent_;  // by peer
};

}  // namespace turnpike::sim
