#include "turnpike/kernel/route_sink.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "turnpike/kernel/route_flow.hpp"

namespace turnpike::kernel {
namespace {

using relay::Route;
using relay::Traffic;

bool is_for_sockets(const Route& route) {
  return route.is_permission() || route.client.transport != Transport::udp || route.meter != 0;
}

}  // namespace

void RouteSink::count(Traffic& traffic, Direction direction, const FlowCounters& counters) {
  const bool from_client = direction == to_peer;
  (from_client ? traffic.packets_from_client : traffic.packets_to_client) += counters.packets;
  (from_client ? traffic.bytes_from_client : traffic.bytes_to_client) += counters.bytes;
  if (from_client) traffic.heard = std::max(traffic.heard, counters.last_activity);
}

void RouteSink::publish(const Route& route, TimePoint now) {
  if (is_for_sockets(route)) return;
  Entry& entry = routes_.try_emplace({route.allocation, route.channel}, Entry{route, {}}).first->second;
  assert(entry.route.client == route.client && entry.route.relay == route.relay &&
         entry.route.peer == route.peer);
  entry.route = route;
  by_ends_[{route.relay, route.peer}] = {route.allocation, route.channel};
  settle(entry, now);
  settle_facing(route, now);
}

void RouteSink::retract(const Route& route, TimePoint now) {
  const auto found = routes_.find({route.allocation, route.channel});
  if (found == routes_.end()) return;
  Entry& entry = found->second;
  if (entry.route.relay != route.relay || entry.route.peer != route.peer) return;
  for (const Direction direction : {to_peer, to_client}) remove(entry, direction, now);
  routes_.erase(found);
  by_ends_.erase({route.relay, route.peer});
  settle_facing(route, now);
}

void RouteSink::serve(std::set<std::uint32_t> interfaces) {
  interfaces_ = std::move(interfaces);
  next_hops_.attachments_changed();
  changed_ = true;
}

// One pass at a time, from the first key to the last: changes that never stop would otherwise keep it from
// ever reaching the end.
bool RouteSink::revise(TimePoint now, std::size_t routes_max) {
  if (!next_ && std::exchange(changed_, false)) next_ = Key{};
  if (!next_) return false;
  auto each = routes_.lower_bound(*next_);
  for (; each != routes_.end() && routes_max > 0; ++each, --routes_max) settle(each->second, now);
  next_.reset();
  if (each != routes_.end()) next_ = each->first;
  return next_ || changed_;
}

// With the program in its place only the odd packet is for the sockets: a fragment, one that is too large,
// those of a sender who joins several in one.
std::uint32_t RouteSink::note_passed(const Route& route, bool from_client) {
  if (++passed_total_ % kPassedPerLook != 0 || is_for_sockets(route)) return 0;
  const auto found = routes_.find({route.allocation, route.channel});
  if (found == routes_.end()) return 0;
  const auto& flow = found->second.flows[from_client ? to_peer : to_client];
  if (!flow || flows_.counters(flow->id).packets != 0) return 0;
  std::uint32_t& passed = passed_[flow->entrance];
  passed = (passed + 1) % kPassedMax;
  return passed == 0 ? flow->entrance : 0;
}

std::optional<RouteSink::Way> RouteSink::way(const std::optional<NextHop>& in,
                                             const std::optional<NextHop>& out) const {
  if (!in || !out || !interfaces_.contains(in->interface)) return std::nullopt;
  return Way{in->interface, *out};
}

// A flow needs a way out, and a way in that the program sees: nothing from a local sender enters a device.
void RouteSink::settle(Entry& entry, TimePoint now) {
  const Route& route = entry.route;
  const Entry* other = facing(route);
  const auto client_hop = hop_to_client(route);
  const auto peer_hop = other != nullptr ? hop_to_client(other->route)
                                         : next_hops_.find(route.relay.address, route.peer.address);
  settle(entry, to_peer, other, way(client_hop, peer_hop), now);
  settle(entry, to_client, nullptr, other == nullptr ? way(peer_hop, client_hop) : std::nullopt, now);
}

void RouteSink::settle_facing(const Route& route, TimePoint now) {
  const auto other = by_ends_.find({route.peer, route.relay});
  if (other != by_ends_.end()) settle(routes_.at(other->second), now);
}

std::optional<NextHop> RouteSink::hop_to_client(const Route& route) {
  return next_hops_.find(route.client.server.address, route.client.client.address);
}

// The route whose relay is this one's peer, and the other way round.
const RouteSink::Entry* RouteSink::facing(const Route& route) const {
  const auto found = by_ends_.find({route.peer, route.relay});
  return found == by_ends_.end() ? nullptr : &routes_.at(found->second);
}

// A live flow changes only its deadline and its neighbour: by another way it is another flow. Between the two
// the sockets relay.
void RouteSink::settle(Entry& entry, Direction direction, const Entry* receiver,
                       const std::optional<Way>& way, TimePoint now) {
  auto& flow = entry.flows[direction];
  const Route& route = entry.route;
  const TimePoint deadline =
      receiver == nullptr ? route.deadline : std::min(route.deadline, receiver->route.deadline);
  const auto who = receiver == nullptr ? std::nullopt : std::optional(receiver->route.allocation);
  const bool stays = flow && way && flow->receiver == who && flow->next_hop.is_same_way_as(way->next_hop);
  if (!stays) remove(entry, direction, now);
  if (!way) return;
  const NextHop& next_hop = way->next_hop;
  if (!flow) {
    const Flow wanted = receiver != nullptr    ? flow_between(route, receiver->route, next_hop)
                        : direction == to_peer ? flow_to_peer(route, next_hop)
                                               : flow_to_client(route, next_hop);
    if (const auto id = flows_.add(wanted, deadline, now))
      flow = Installed{*id, way->entrance, next_hop, deadline, who};
    return;
  }
  if (flow->deadline != deadline) flows_.extend(flow->id, deadline);
  if (flow->next_hop != next_hop) flows_.set_neighbour(flow->id, next_hop.neighbour_mac);
  flow->entrance = way->entrance;
  flow->deadline = deadline;
  flow->next_hop = next_hop;
}

void RouteSink::remove(Entry& entry, Direction direction, TimePoint now) {
  auto& flow = entry.flows[direction];
  if (!flow) return;
  const FlowCounters last = flows_.remove(flow->id, now);
  count(removed_[entry.route.allocation], direction, last);
  if (flow->receiver) count(removed_[*flow->receiver], to_client, last);
  flow.reset();
}

Traffic RouteSink::traffic(relay::AllocationId allocation) const {
  const auto gone = removed_.find(allocation);
  Traffic result = gone == removed_.end() ? Traffic{} : gone->second;
  for (auto each = routes_.lower_bound({allocation, 0});
       each != routes_.end() && each->first.allocation == allocation; ++each) {
    for (const Direction direction : {to_peer, to_client}) {
      const auto& flow = each->second.flows[direction];
      if (flow) count(result, direction, flows_.counters(flow->id));
    }
    const Entry* other = facing(each->second.route);
    if (other != nullptr && other->flows[to_peer])
      count(result, to_client, flows_.counters(other->flows[to_peer]->id));
  }
  return result;
}

Traffic RouteSink::take_traffic(relay::AllocationId allocation) {
  const Traffic result = traffic(allocation);
  removed_.erase(allocation);
  return result;
}

}  // namespace turnpike::kernel
