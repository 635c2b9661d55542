// Letters at the peers' end.
#include "peers.hpp"

#include <fmt/format.h>

namespace turnpike::sim {
namespace {

struct IcmpKind {
  std::uint32_t weight;
  std::uint8_t type_v4, type_v6;
};
constexpr IcmpKind kIcmpKinds[] = {{80, 3, 1}, {10, 11, 3}, {5, 5, 2}, {5, 12, 4}};

HostId find_peer(const Endpoint& endpoint) {
  static const auto all = [] {
    std::map<Endpoint, HostId> ids;
    for (HostId id = kFirstPeer; id < kFirstPeer + kPeers; ++id) ids[Geography::peer(id)] = id;
    return ids;
  }();
  const auto found = all.find(endpoint);
  return found == all.end() ? kNobody : found->second;
}

}  // namespace

void Peers::carry(const Endpoint& relay, const Endpoint& peer, const Parcel& parcel) {
  if (site_.geography().is_relay_address(peer.address)) {
    referee_.saw("relay to relay");
    network_.carry(parcel,
                   [this, relay, peer](const Parcel& arrived) { site_.on_peer(peer, relay, arrived); });
    return;
  }
  const HostId id = find_peer(peer);
  if (Geography::is_closed(peer)) return complain(relay, peer);
  if (id == kNobody) return referee_.saw("data to no peer");
  network_.carry(parcel, [this, relay, id](const Parcel& arrived) { receive(id, relay, arrived); });
}

// From the peer itself or from a router on the way; sometimes about a type that nobody forwards.
void Peers::complain(const Endpoint& relay, const Endpoint& peer) {
  const IcmpKind& kind = dice_.pick_weighted(kIcmpKinds);
  const turn::IcmpError error{PeerEndpoint(peer), peer.address.is_v4() ? kind.type_v4 : kind.type_v6, 3,
                              dice_.below(1500)};
  timeline_.after(dice_.between({}, std::chrono::milliseconds(200)),
                  [this, relay, error] { site_.on_icmp(relay, error); });
}

void Peers::receive(HostId id, const Endpoint& relay, const Parcel& parcel) {
  const auto letter = open(parcel.bytes);
  if (!letter || parcel.damaged) return referee_.saw("unreadable letter");
  if (letter->to != id)
    return referee_.violation(fmt::format("peer {} got what was meant for {}", id, letter->to));
  if (letter->sequence >= crowd_.letters_sent(letter->from))
    return referee_.violation("a peer got a letter that nobody wrote");
  referee_.saw("letter from client");
  if (dice_.chance(500)) send(id, relay);
}

void Peers::send(HostId from, const Endpoint& relay) {
  const HostId to = crowd_.at_relay(relay);
  if (to == kNobody) return;
  const std::uint32_t sequence = letters_sent_[from - kFirstPeer]++;
  const Parcel parcel{seal({from, to, from ^ to, sequence}, dice_.below(200))};
  network_.carry(parcel, [this, relay, peer = Geography::peer(from)](const Parcel& arrived) {
    site_.on_peer(relay, peer, arrived);
  });
}

void Peers::write() {
  const ClientHost& host = crowd_.random_host();
  HostId from = kFirstPeer + dice_.below(kPeers);
  if (!host.contacts.empty() && dice_.chance(800)) from = dice_.pick(host.contacts).id;
  if (from < kFirstPeer || from == kNobody) return;
  for (const Endpoint& relay : host.relayed) {
    if (relay.family() == Geography::peer(from).family()) send(from, relay);
  }
}

}  // namespace turnpike::sim
