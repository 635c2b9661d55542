#include "turnpike/turn/allocation.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::turn {
namespace {

template <class List, class Value, class Projection>
auto* find_in(List& list, const Value& value, Projection projection) {
  const auto found = std::ranges::find(list, value, projection);
  return found == list.end() ? nullptr : &*found;
}

Family family_of(const RelayHalf& half) { return half.relay.family(); }

}  // namespace

RelayHalf* Allocation::half(Family family) { return find_in(halves, family, family_of); }
const RelayHalf* Allocation::half(Family family) const { return find_in(halves, family, family_of); }

const Permission* Allocation::permission(const IpAddress& peer) const {
  const auto found = std::ranges::lower_bound(permissions, peer, {}, &Permission::peer);
  return found == permissions.end() || found->peer != peer ? nullptr : &*found;
}

Permission* Allocation::permission(const IpAddress& peer) {
  return const_cast<Permission*>(std::as_const(*this).permission(peer));
}

Permission& Allocation::add_permission(const IpAddress& peer) {
  const auto position = std::ranges::lower_bound(permissions, peer, {}, &Permission::peer);
  return *permissions.insert(position, Permission{peer, {}, false, {}});
}

Channel* Allocation::channel(std::uint16_t number) { return find_in(channels, number, &Channel::number); }
Channel* Allocation::channel(const PeerEndpoint& peer) { return find_in(channels, peer, &Channel::peer); }

std::uint32_t Allocation::life_max_s(TimePoint now) const {
  const auto left = std::chrono::ceil<std::chrono::seconds>(ends - now).count();
  return static_cast<std::uint32_t>(std::min<std::int64_t>(left, UINT32_MAX));
}

TimePoint Allocation::next_deadline() const {
  TimePoint next = TimePoint::max();
  for (const auto& half : halves) next = std::min(next, half.expires);
  for (const auto& permission : permissions) next = std::min(next, permission.expires);
  for (const auto& channel : channels) next = std::min(next, channel.expires);
  return next;
}

relay::Route Allocation::base_route(const PeerEndpoint& peer) const {
  const RelayHalf& through = *half(peer.family());
  relay::Route route;
  route.client = client.tuple;
  route.ref = client.ref;
  route.relay = through.relay;
  route.peer = peer;
  route.reach = reach();
  route.meter = meter;
  route.deadline = through.expires;
  route.allocation = id;
  return route;
}

relay::Route Allocation::route(const Permission& permission) const {
  relay::Route route = base_route({permission.peer, 0});
  route.ports_filtered = permission.ports_filtered ? 1 : 0;
  route.deadline = std::min(route.deadline, permission.expires);
  return route;
}

// A channel passes data only while the permission of its peer lives, in both directions: RFC 8656 9 makes no
// exception for channels.
relay::Route Allocation::route(const Channel& channel) const {
  relay::Route route = base_route(channel.peer);
  route.channel = channel.number;
  const Permission* of_peer = permission(channel.peer.address);
  route.deadline =
      of_peer == nullptr ? TimePoint{} : std::min({route.deadline, of_peer->expires, channel.expires});
  return route;
}

}  // namespace turnpike::turn
