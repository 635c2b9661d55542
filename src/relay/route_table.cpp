#include "turnpike/relay/route_table.hpp"

#include <algorithm>

#include "turnpike/base/check.hpp"

namespace turnpike::relay {

Traffic& Traffic::operator+=(const Traffic& other) {
  packets_from_client += other.packets_from_client;
  bytes_from_client += other.bytes_from_client;
  packets_to_client += other.packets_to_client;
  bytes_to_client += other.bytes_to_client;
  packets_dropped += other.packets_dropped;
  heard = std::max(heard, other.heard);
  return *this;
}

RouteTable::ClientKey RouteTable::client_key(const Route& route) {
  return {route.client, route.is_permission() ? route.peer.address : IpAddress{}, route.channel};
}

void RouteTable::publish(const Route& route, std::uint32_t relay_socket) {
  const ClientKey client = client_key(route);
  if (const auto found = by_client_.find(client); found != by_client_.end()) {
    Slot& slot = slots_[found->second];
    TURNPIKE_CHECK(slot.route.relay == route.relay && slot.route.peer == route.peer);
    slot.route = route;
    slot.relay_socket = relay_socket;
    return;
  }
  std::uint32_t index;
  if (free_slots_.empty()) {
    index = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  slots_[index] = {route, &traffic_[route.allocation], relay_socket};
  by_client_[client] = index;
  by_relay_[PeerKey{route.relay, route.peer}] = index;
}

void RouteTable::retract(const Route& route) {
  const auto found = by_client_.find(client_key(route));
  if (found == by_client_.end()) return;
  const Route& known = slots_[found->second].route;
  if (known.relay != route.relay || known.peer != route.peer) return;
  free_slots_.push_back(found->second);
  by_relay_.erase(PeerKey{route.relay, route.peer});
  by_client_.erase(found);
}

const RouteTable::Slot* RouteTable::find(const ClientKey& key) const {
  const auto found = by_client_.find(key);
  return found == by_client_.end() ? nullptr : &slots_[found->second];
}

const RouteTable::Slot* RouteTable::find(const PeerKey& key) const {
  const auto found = by_relay_.find(key);
  return found == by_relay_.end() ? nullptr : &slots_[found->second];
}

const RouteTable::Slot* RouteTable::by_channel(const FiveTuple& client, std::uint16_t channel) const {
  return find(ClientKey{client, {}, channel});
}

const RouteTable::Slot* RouteTable::by_permission(const FiveTuple& client, const IpAddress& peer) const {
  return find(ClientKey{client, peer, 0});
}

const RouteTable::Slot* RouteTable::channel_from_peer(const RelayEndpoint& relay,
                                                      const PeerEndpoint& peer) const {
  return find(PeerKey{relay, peer});
}

const RouteTable::Slot* RouteTable::permission_from_peer(const RelayEndpoint& relay,
                                                         const IpAddress& peer) const {
  return find(PeerKey{relay, {peer, 0}});
}

Traffic RouteTable::traffic(AllocationId allocation) const {
  const auto found = traffic_.find(allocation);
  return found == traffic_.end() ? Traffic{} : found->second;
}

Traffic RouteTable::take_traffic(AllocationId allocation) {
  const Traffic result = traffic(allocation);
  traffic_.erase(allocation);
  return result;
}

}  // namespace turnpike::relay
