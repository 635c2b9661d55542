// Random rules over the peer addresses, and their meaning.
#include "rules.hpp"

#include <algorithm>

namespace turnpike::sim {
namespace {

bool is_private(const IpAddress& address) { return address.is_v4() && address.wire()[0] == 10; }

bool covers(const turn::PeerRule& rule, const PeerEndpoint& peer) {
  return rule.prefix.address == peer.address && rule.port_min <= peer.port && peer.port <= rule.port_max;
}

turn::PeerRule random_rule(Dice& dice, HostId first, HostId count) {
  const Endpoint peer = Geography::peer(first + dice.below(count));
  const auto bits = static_cast<std::uint8_t>(peer.address.is_v4() ? 32 : 128);
  if (dice.chance(400)) return {{peer.address, bits}, peer.port, peer.port};
  return {{peer.address, bits}};
}

}  // namespace

Rules::Rules(const Geography& geography) : geography_(geography) {
  lists_.own_listeners = {geography.listener_v4, geography.listener_v6};
}

void Rules::change(Dice& dice) {
  constexpr HostId kPrivate = 80 * kPeerPorts;
  auto& list = dice.chance(500) ? lists_.deny : lists_.allow;
  if (list.size() > 8 || (!list.empty() && dice.chance(300))) {
    list.erase(list.begin() + dice.below(list.size()));
  } else if (&list == &lists_.deny) {
    list.push_back(random_rule(dice, kFirstPeer, kPeers));
  } else {
    list.push_back(random_rule(dice, kFirstPeer + kPrivate, kPeers - kPrivate));
  }
}

bool Rules::forbids(const Endpoint& peer, bool live) const {
  const PeerEndpoint local = geography_.local(peer);
  const auto covers_peer = [&](const turn::PeerRule& rule) { return covers(rule, local); };
  if (local.plain() == geography_.listener_v4 || local.plain() == geography_.listener_v6) return true;
  if (live) return false;
  if (std::ranges::any_of(lists_.deny, covers_peer)) return true;
  return is_private(local.address) && std::ranges::none_of(lists_.allow, covers_peer);
}

bool Rules::forbids_every_port(const IpAddress& address) const {
  if (geography_.is_relay_address(address)) return false;
  for (const std::uint16_t port : {1, 4999, 5000, 5001, 5002, 5003, 65535}) {
    if (!forbids({address, port}, false)) return false;
  }
  return true;
}

bool Rules::ports_matter(const IpAddress& address) const {
  const auto names_port = [&](const turn::PeerRule& rule) {
    return rule.prefix.address == address && (rule.port_min != 0 || rule.port_max != 65535);
  };
  return geography_.is_relay_address(address) || std::ranges::any_of(lists_.allow, names_port) ||
         std::ranges::any_of(lists_.deny, names_port);
}

}  // namespace turnpike::sim
