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

struct PeerRules {
  std::vector<PeerRule> allow;
  std::vector<PeerRule> deny;
  // Every address and port that we serve clients or operators on, in local form. A wildcard (of either
  // family) stands for all of own_addresses.
  std::vector<Endpoint> own_listeners;
  bool only_allowed = false;  // nothing but what `allow` names, and none of our own relays
  // Of this host, in local form. Refused as a special-purpose address is: what is bound there trusts the
  // host's own firewall.
  std::vector<IpPrefix> own_addresses{};
};

// The relay ports that are open now; the Ledger, seen through the hole that the policy needs.
class LiveRelays {
 public:
  virtual ~LiveRelays() = default;
  virtual bool is_live_relay(const PeerEndpoint& peer) const = 0;
  // The same, of a visitor.
  virtual bool is_visitors_relay(const PeerEndpoint& peer) const = 0;
  virtual bool is_relay_address(const IpAddress& address) const = 0;
};

// An immutable value that a reload replaces. Order: forms that hide IPv4 in IPv6 and own listeners are
// refused whatever the rules say; own live relays are allowed; then deny, allow, and the built-in deny list,
// to which the host's own addresses belong; the rest is allowed. With only_allowed, own live relays are
// refused, and so is the rest. Visitors reach the live relays of visitors, whatever the rules say, and
// nothing else. Thread-safe.
class PeerPolicy {
 public:
  // Peers are in local form (AddressMap::to_local).
  PeerPolicy(PeerRules rules, std::shared_ptr<const LiveRelays> relays)
      : rules_(std::move(rules)), relays_(std::move(relays)) {}
  // `relays` must outlive the policy.
  PeerPolicy(PeerRules rules, const LiveRelays& relays)
      : PeerPolicy(std::move(rules), std::shared_ptr<const LiveRelays>(std::shared_ptr<void>(), &relays)) {}

  // ChannelBind, Send and data from the peer: exactly this address and port.
  bool allows(const PeerEndpoint& peer, relay::Reach reach = relay::Reach::policy) const {
    return !verdict_on(peer, reach).refused;
  }
  // Why it is refused; none where it is allowed.
  std::optional<Refusal> why_not(const PeerEndpoint& peer, relay::Reach reach = relay::Reach::policy) const;
  // CreatePermission: why every port of the address is refused; none where some port is allowed.
  std::optional<Refusal> why_no_port(const IpAddress& address,
                                     relay::Reach reach = relay::Reach::policy) const;
  // False if every port of the address has the same answer, so that a route needs no look at ports.
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

// Loopback, private, link-local, multicast, ... and every form in which an IPv4 address hides in an IPv6 one.
bool is_special_purpose(const IpAddress& address);
// All of them that are prefixes.
const std::vector<IpPrefix>& special_prefixes();
// IPv4-mapped addresses, Teredo and 6to4 (RFC 8656 21.4): never a peer, never a client of Allocate.
bool is_never_relayed(const IpAddress& address);

}  // namespace turnpike::turn
