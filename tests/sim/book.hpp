// What the server has granted, kept from its own answers: an independent account of who may exchange data
// with whom, and until when.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::sim {

// All addresses are as clients see them. Parts whose end has come stay until they are replaced, and count for
// nothing.
struct Grant {
  struct Half {
    Endpoint relay;
    TimePoint expires;
  };
  struct Permit {
    TimePoint expires;
    bool ports_matter;
  };
  struct Bond {
    Endpoint peer;
    TimePoint expires;
  };

  stun::TransactionId transaction{};
  std::uint32_t incarnation = 0;  // of the client that asked for it; 0 = a stranger sent it
  std::vector<Half> halves;
  std::map<IpAddress, Permit> permits;
  std::map<std::uint16_t, Bond> bonds;  // by channel number

  const Half* half(Family family, TimePoint now) const;
  const Permit* permit(const IpAddress& peer, TimePoint now) const;
  // The number that is bound to the peer, or 0.
  std::uint16_t number_of(const Endpoint& peer, TimePoint now) const;
  bool is_live(TimePoint now) const;
};

// A relayed datagram between a relay and a peer.
struct Passage {
  Endpoint relay;
  Endpoint peer;
  Bytes payload;
};

class Book {
 public:
  // Tells whether an endpoint is one of our relays, open now.
  using IsLive = std::function<bool(const Endpoint& outside)>;
  Book(const Rules& rules, IsLive is_live) : rules_(rules), is_live_(std::move(is_live)) {}

  // Success responses to requests on the tuple. A sentence if the response cannot be right.
  std::string allocated(const FiveTuple& tuple, std::uint32_t incarnation, const stun::MessageView& response,
                        TimePoint now);
  std::string refreshed(const FiveTuple& tuple, const stun::MessageView& request,
                        const stun::MessageView& response, TimePoint now);
  void permitted(const FiveTuple& tuple, const stun::MessageView& request, TimePoint now);
  void bound(const FiveTuple& tuple, const stun::MessageView& request, TimePoint now);
  // A refusal because of the peer: what rules forbid now has ended (SIGHUP: "a new deny rule ends a route at
  // its next refresh").
  void peer_refused(const FiveTuple& tuple, const stun::MessageView& request);
  void ended(const FiveTuple& tuple) { grants_.erase(tuple); }
  // A reload: what the rules of the moment forbid has ended, everywhere.
  void rules_changed();
  // The host has the address no more: relays there have ended.
  void address_lost(const IpAddress& outside, TimePoint now);

  // Live ones only.
  const Grant* grant(const FiveTuple& tuple, TimePoint now) const;
  const FiveTuple* owner(const Endpoint& relay, TimePoint now) const;
  const std::map<FiveTuple, Grant>& grants() const { return grants_; }

  bool may_send(const FiveTuple& tuple, const Endpoint& relay, const Endpoint& peer, TimePoint now) const;
  // What must become of ChannelData or a Send indication; nothing = it must be dropped.
  std::optional<Passage> outward(const FiveTuple& tuple, Bytes packet, TimePoint now) const;
  // How a peer's datagram must reach the client: channel number, 0 for a Data indication, nothing for not at
  // all.
  std::optional<std::uint16_t> inward(const FiveTuple& tuple, const Endpoint& peer, TimePoint now) const;

 private:
  bool forbids(const Endpoint& peer) const { return rules_.forbids(peer, is_live_(peer)); }
  void permit(Grant& grant, const IpAddress& peer, TimePoint until);
  std::string repeated(const Grant& grant, const std::vector<Endpoint>& relays, std::uint32_t lifetime_s,
                       TimePoint now) const;

  const Rules& rules_;
  IsLive is_live_;
  std::map<FiveTuple, Grant> grants_;
  std::map<Endpoint, FiveTuple> owners_;  // by relay; the latest, maybe dead
};

// The peers of a request, in order.
std::vector<Endpoint> peers_of(const stun::MessageView& request);

}  // namespace turnpike::sim
