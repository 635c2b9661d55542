#include "turnpike/kernel/route_sink.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/base/check.hpp"
#include "turnpike/kernel/route_flow.hpp"

namespace turnpike::kernel {
namespace {

using relay::Route;
using relay::Traffic;

std::optional<NoFlow> reason_for_sockets(const Route& route) {
  if (route.client.transport != Transport::udp) return NoFlow::stream;
  return std::nullopt;
}

void count(Traffic& traffic, bool from_client, const FlowCounters& counters) {
  (from_client ? traffic.packets_from_client : traffic.packets_to_client) += counters.packets;
  (from_client ? traffic.bytes_from_client : traffic.bytes_to_client) += counters.bytes;
  traffic.packets_dropped += counters.over_budget;
  if (from_client) traffic.heard = std::max(traffic.heard, counters.last_activity);
}

// From the client of another relay here: what was dropped on its way counts for the sender.
void count_received(Traffic& traffic, FlowCounters counters) {
  counters.over_budget = 0;
  count(traffic, false, counters);
}

}  // namespace

void RouteSink::publish(const Route& route, TimePoint now) {
  if (route.is_permission()) return;
  if (const auto reason = reason_for_sockets(route)) return admissions_.count(*reason);
  const ChannelKey key{route.allocation, route.channel};
  Entry& entry = routes_.try_emplace(key, Entry{route, {}, 0}).first->second;
  TURNPIKE_CHECK(entry.route.client == route.client && entry.route.relay == route.relay &&
                 entry.route.peer == route.peer);
  entry.route = route;
  const auto facing = facing_.publish(route);
  adjust(key, now);
  tell(facing, now);
}

void RouteSink::retract(const Route& route, TimePoint now) {
  const auto found = routes_.find({route.allocation, route.channel});
  if (found == routes_.end()) return;
  Entry& entry = found->second;
  if (entry.route.relay != route.relay || entry.route.peer != route.peer) return;
  for (const Direction direction : {to_peer, to_client}) remove(entry, direction, now);
  const auto [received, facing] = facing_.retract(route);
  count_received(removed_[route.allocation], received);
  waiting_.erase(found->first);
  routes_.erase(found);
  tell(facing, now);
}

RouteSink::~RouteSink() {
  for (const auto& [key, entry] : routes_) facing_.retract(entry.route);
}

void RouteSink::tell(const std::optional<ChannelKey>& facing, TimePoint now) {
  if (!facing) return;
  if (routes_.contains(*facing)) return adjust(*facing, now);
  tell_(*facing);
}

void RouteSink::look_again(const ChannelKey& key, TimePoint now) {
  if (routes_.contains(key)) adjust(key, now);
}

// With the program in its place only the odd packet is for the sockets: a fragment, one that is too large,
// those of a sender who joins several in one.
std::uint32_t RouteSink::note_passed(const Route& route, bool from_client) {
  if (++passed_total_ % kPassedPerLook != 0) return 0;
  const auto found = routes_.find({route.allocation, route.channel});
  if (found == routes_.end()) return 0;
  const auto& flow = found->second.flows[from_client ? to_peer : to_client];
  const FlowCounters seen = flow ? flows_.counters(flow->id) : FlowCounters{};
  if (!flow || seen.packets + seen.over_budget != 0) return 0;
  const std::uint32_t interface = flow->way.entrance.interface;
  auto& [packets, clients] = passed_[interface];
  ++packets;
  if (clients.size() < kPassedClientsMin) clients.insert(route.client.client.address);
  if (packets < kPassedMax || clients.size() < kPassedClientsMin) return 0;
  passed_.erase(interface);
  return interface;
}

// What needs no answer: deadlines move at once, and a flow ends at once for which a facing route has come or
// gone. Those of flows that join two clients have moved with the facing routes.
void RouteSink::adjust(const ChannelKey& key, TimePoint now) {
  Entry& entry = routes_.at(key);
  auto& [out, back] = entry.flows;
  const Facing other = facing_.facing(entry.route);
  const auto receiver = other ? std::optional(other->stay) : std::nullopt;
  if (out && out->receiver != receiver) remove(entry, to_peer, now);
  if (back && other) remove(entry, to_client, now);
  const TimePoint deadline = entry.route.deadline;
  for (auto& flow : entry.flows) {
    if (!flow || flow->receiver || std::exchange(flow->deadline, deadline) == deadline) continue;
    flows_.extend(flow->id, deadline);
  }
  const bool is_complete = out && (back || other);
  if (!is_complete && entry.asked == 0) waiting_.insert(key);
}

void RouteSink::settle(Entry& entry, Ways ways, TimePoint now) {
  const Facing other = facing_.facing(entry.route);
  reroute(entry, to_peer, other, ways.to_peer, now);
  if (!other) reroute(entry, to_client, std::nullopt, ways.to_client, now);
}

// A live flow changes only its deadline and its neighbour: by another way it is another flow. Between the two
// the sockets relay.
void RouteSink::reroute(Entry& entry, Direction direction, const Facing& receiver,
                        const Result<Way, NoFlow>& way, TimePoint now) {
  auto& flow = entry.flows[direction];
  const bool is_same =
      flow && way && flow->way.entrance == way->entrance && flow->way.next_hop.is_same_way_as(way->next_hop);
  if (!is_same) remove(entry, direction, now);
  if (!way) return admissions_.count(way.error());
  if (!flow) return add(entry, direction, receiver, *way, now);
  if (flow->way.next_hop != way->next_hop) flows_.set_neighbour(flow->id, way->next_hop.neighbour_mac);
  flow->way = *way;
}

void RouteSink::add(Entry& entry, Direction direction, const Facing& receiver, const Way& way,
                    TimePoint now) {
  const Route& route = entry.route;
  const auto alone = [&] {
    return direction == to_peer ? flow_to_peer(route, way) : flow_to_client(route, way);
  };
  const auto id =
      receiver ? facing_.join(route, *receiver, way, flows_, now) : flows_.add(alone(), route.deadline, now);
  if (!id) return admissions_.count(id.error());
  const auto who = receiver ? std::optional(receiver->stay) : std::nullopt;
  entry.flows[direction] = Installed{*id, way, route.deadline, who};
  ++admissions_.added;
}

void RouteSink::remove(Entry& entry, Direction direction, TimePoint now) {
  auto& flow = entry.flows[direction];
  if (!flow) return;
  const FlowCounters last =
      flow->receiver ? facing_.part(entry.route, flow->id, flows_, now) : flows_.remove(flow->id, now);
  count(removed_[entry.route.allocation], direction == to_peer, last);
  flow.reset();
}

Traffic RouteSink::traffic(relay::AllocationId allocation) const {
  const auto gone = removed_.find(allocation);
  Traffic result = gone == removed_.end() ? Traffic{} : gone->second;
  for (auto each = routes_.lower_bound({allocation, 0});
       each != routes_.end() && each->first.allocation == allocation; ++each) {
    for (const Direction direction : {to_peer, to_client}) {
      const auto& flow = each->second.flows[direction];
      if (flow) count(result, direction == to_peer, flows_.counters(flow->id));
    }
    count_received(result, facing_.received(each->second.route));
  }
  return result;
}

bool RouteSink::has_flows(relay::AllocationId allocation) const {
  for (auto each = routes_.lower_bound({allocation, 0});
       each != routes_.end() && each->first.allocation == allocation; ++each) {
    if (each->second.flows[to_peer] || each->second.flows[to_client]) return true;
  }
  return false;
}

Traffic RouteSink::take_traffic(relay::AllocationId allocation) {
  const Traffic result = traffic(allocation);
  removed_.erase(allocation);
  return result;
}

}  // namespace turnpike::kernel
