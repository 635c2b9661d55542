// The peer rules of the moment, and what follows from them, reckoned by trying ports one by one.
#pragma once

#include "dice.hpp"
#include "geography.hpp"
#include "turnpike/turn/peer_policy.hpp"

namespace turnpike::sim {

class Rules {
 public:
  explicit Rules(const Geography& geography);

  // As a reload would find them.
  const turn::PeerRules& lists() const { return lists_; }
  void change(Dice& dice);

  // Peers as seen from outside; `live`: the peer is one of our own relays, open now.
  bool forbids(const Endpoint& peer, bool live) const;
  bool forbids_every_port(const IpAddress& address) const;
  bool ports_matter(const IpAddress& address) const;

 private:
  const Geography& geography_;
  turn::PeerRules lists_;
};

}  // namespace turnpike::sim
