#include "turnpike/turn/permit.hpp"

#include <algorithm>

namespace turnpike::turn {
namespace {

constexpr std::size_t kLoggedPeersMax = 16;

Permission& add_permission(Allocation& allocation, const IpAddress& peer) {
  const bool has_room = allocation.peers.size() < kLoggedPeersMax;
  if (has_room && std::ranges::find(allocation.peers, peer) == allocation.peers.end())
    allocation.peers.push_back(peer);
  ++allocation.peers_total;
  return allocation.add_permission(peer);
}

}  // namespace

std::optional<Refusal> check_peer(const Core& core, const Allocation& allocation, const IpAddress& peer) {
  if (is_never_relayed(peer)) return Refusal{.cause = Cause::peer_disguised, .peer = peer};
  if (allocation.half(peer.family()) == nullptr) return Refusal{.cause = Cause::peer_family, .peer = peer};
  return core.policies.peers->why_no_port(peer, allocation.reach());
}

void permit(Core& core, Allocation& allocation, const IpAddress& peer, TimePoint until) {
  Permission* permission = allocation.permission(peer);
  if (permission == nullptr) {
    permission = &add_permission(allocation, peer);
    permission->ports_filtered = core.policies.peers->ports_differ(peer);
  } else {
    update_ports_filtered(core, allocation, *permission);
  }
  permission->expires = std::max(permission->expires, until);
  if (!permission->ports_filtered) return;
  // Channels live by this refresh, too: those to a port that is forbidden by now end.
  core.live.end_channels(allocation, [&](const Channel& channel) {
    return channel.peer.address == peer && !core.policies.peers->allows(channel.peer, allocation.reach());
  });
}

void update_ports_filtered(Core& core, Allocation& allocation, Permission& permission) {
  const bool ports_filtered = core.policies.peers->ports_differ(permission.peer);
  if (permission.ports_filtered == ports_filtered) return;
  if (permission.published != TimePoint{}) core.out.emit(RetractRoute{allocation.route(permission)});
  permission.ports_filtered = ports_filtered;
  permission.published = {};
}

void withdraw(Core& core, Allocation& allocation, const IpAddress& peer) {
  if (allocation.permission(peer) == nullptr) return;  // nor does a channel of its pass anything
  core.live.end_channels(allocation, [&](const Channel& channel) { return channel.peer.address == peer; });
  core.live.end_permissions(allocation,
                            [&](const Permission& permission) { return permission.peer == peer; });
}

}  // namespace turnpike::turn
