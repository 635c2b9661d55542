// Which peers the relay may talk to (RFC 8656 21.1.4, 21.1.7, 21.2.2).
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/turn/peer_rule.hpp"
#include "turnpike/turn/refusal.hpp"

namespace turnpike::turn {

// Holds the rules about peers, in local form.
struct PeerRules {
  std::vector<PeerRule> allow;
  std::vector<PeerRule> deny;
  // Addresses and ports on which this server serves clients or operators. A wildcard of either family stands
  // for all of own_addresses.
  std::vector<Endpoint> own_listeners;
  bool only_allowed = false;  // no peers but those that `allow` names, and none of the server's own relays
  // Addresses of this host. Refused like special-purpose addresses, because services bound to them may rely
  // on the host's own firewall.
  std::vector<IpPrefix> own_addresses{};
};

// Tells which relay ports are live. Called for packets, so implementations must be thread-safe and quick.
class LiveRelays {
 public:
  virtual ~LiveRelays() = default;
  virtual bool is_live_relay(const PeerEndpoint& peer) const = 0;
  // Returns whether a visitor's allocation has the relay.
  virtual bool is_visitors_relay(const PeerEndpoint& peer) const = 0;
  virtual bool is_relay_address(const IpAddress& address) const = 0;
};

// Decides which peers a relay may talk to. Immutable and thread-safe; a reload makes a new policy. The first
// matching rule decides:
//   1. Addresses that hide IPv4 in IPv6 and the server's own listeners are refused.
//   2. The server's own live relays are allowed, with only_allowed refused.
//   3. `deny`, then `allow`, then the built-in deny list, which includes the host's own addresses.
//   4. The rest is allowed, with only_allowed refused.
// Visitors reach the live relays of other visitors whatever the rules say, and nothing else.
class PeerPolicy {
 public:
  // All peers are in local form (AddressMap::to_local).
  PeerPolicy(PeerRules rules, std::shared_ptr<const LiveRelays> relays)
      : rules_(std::move(rules)), relays_(std::move(relays)) {}
  // `relays` must outlive the policy.
  PeerPolicy(PeerRules rules, const LiveRelays& relays)
      : PeerPolicy(std::move(rules), std::shared_ptr<const LiveRelays>(std::shared_ptr<void>(), &relays)) {}

  // Returns whether this address and port may be reached: for ChannelBind, Send and data from the peer.
  bool allows(const PeerEndpoint& peer, relay::Reach reach = relay::Reach::policy) const {
    return !verdict_on(peer, reach).refused;
  }
  // Returns why the address and port are refused, or nullopt if they are allowed.
  std::optional<Refusal> why_not(const PeerEndpoint& peer, relay::Reach reach = relay::Reach::policy) const;
  // Returns why every port of the address is refused, or nullopt if some port is allowed: for
  // CreatePermission.
  std::optional<Refusal> why_no_port(const IpAddress& address,
                                     relay::Reach reach = relay::Reach::policy) const;
  // Returns whether some ports of the address are allowed and others refused. If not, a route needs no check
  // of ports.
  bool ports_differ(const IpAddress& address) const;

 private:
  struct Verdict {
    std::optional<Cause> refused;
    const PeerRule* rule = nullptr;  // that denies
  };
  Verdict verdict_on(const PeerEndpoint& peer, relay::Reach reach) const;
  bool is_own(const IpAddress& address) const;
  bool serves(const Endpoint& listener, const IpAddress& address) const;

  PeerRules rules_;
  std::shared_ptr<const LiveRelays> relays_;
};

// Returns whether the address is loopback, private, link-local, multicast or otherwise special, or an IPv6
// address that hides an IPv4 one.
bool is_special_purpose(const IpAddress& address);
// Returns all special-purpose ranges that are prefixes.
const std::vector<IpPrefix>& special_prefixes();
// Returns whether the address is IPv4-mapped, Teredo or 6to4 (RFC 8656 21.4). Such an address is never a peer
// and never a client of Allocate.
bool is_never_relayed(const IpAddress& address);

}  // namespace turnpike::turn
