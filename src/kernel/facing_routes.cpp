#include "turnpike/kernel/facing_routes.hpp"

#include <algorithm>

#include "turnpike/kernel/route_flow.hpp"

namespace turnpike::kernel {
namespace {

using relay::Route;

constexpr TimePoint kOver{};

ChannelKey key_of(const Route& route) { return {route.allocation, route.channel}; }

}  // namespace

std::optional<ChannelKey> FacingRoutes::publish(const Route& route) {
  const std::lock_guard lock(mutex_);
  const auto [own, is_new] = entries_.try_emplace(ends_of(route));
  Entry& entry = own->second;
  entry.route = route;
  if (is_new) entry.stay = ++last_stay_;
  const auto facing = entries_.find(facing_ends(route));
  if (facing == entries_.end()) return std::nullopt;
  follow_deadlines(entry, facing->second);
  follow_deadlines(facing->second, entry);
  return is_new ? std::optional(key_of(facing->second.route)) : std::nullopt;
}

void FacingRoutes::follow_deadlines(Entry& entry, const Entry& facing) {
  if (!entry.sends) return;
  const TimePoint deadline = std::min(entry.route.deadline, facing.route.deadline);
  if (std::exchange(entry.sends->deadline, deadline) == deadline) return;
  entry.sends->store->extend(entry.sends->flow, deadline);
}

// The flow that leads here is over, though it is its own worker that removes it.
FacingRoutes::Left FacingRoutes::retract(const Route& route) {
  const std::lock_guard lock(mutex_);
  const auto own = entries_.find(ends_of(route));
  if (own == entries_.end()) return {};
  Left left;
  const auto facing = entries_.find(facing_ends(route));
  if (facing != entries_.end()) {
    left.facing = key_of(facing->second.route);
    if (const auto& sends = facing->second.sends) sends->store->extend(sends->flow, kOver);
  }
  left.received = received_by(own->second);
  if (facing != entries_.end()) facing->second.sends.reset();
  entries_.erase(own);
  return left;
}

std::optional<FacingRoutes::Facing> FacingRoutes::facing(const Route& route) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(facing_ends(route));
  if (found == entries_.end()) return std::nullopt;
  return Facing{found->second.route, found->second.stay};
}

FlowCounters FacingRoutes::received(const Route& route) const {
  const std::lock_guard lock(mutex_);
  const auto own = entries_.find(ends_of(route));
  return own == entries_.end() ? FlowCounters{} : received_by(own->second);
}

FlowCounters FacingRoutes::received_by(const Entry& entry) const {
  FlowCounters received = entry.received;
  const auto facing = entries_.find(facing_ends(entry.route));
  if (facing != entries_.end() && facing->second.sends) {
    const Joined& sends = *facing->second.sends;
    received += sends.store->counters(sends.flow);
  }
  return received;
}

Result<FlowId, NoFlow> FacingRoutes::join(const Route& sender, const Facing& receiver, const Way& way,
                                          FlowStore& flows, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto from = entries_.find(ends_of(sender)), to = entries_.find(ends_of(receiver.route));
  if (from == entries_.end() || to == entries_.end() || to->second.stay != receiver.stay) return NoFlow::left;
  const Route& route = to->second.route;
  const TimePoint deadline = std::min(sender.deadline, route.deadline);
  const auto flow = flows.add(flow_between(sender, route, way), deadline, now);
  if (flow) from->second.sends = Joined{&flows, *flow, deadline};
  return flow;
}

// If the receiver is gone, it has taken its counters along.
FlowCounters FacingRoutes::part(const Route& sender, FlowId flow, FlowStore& flows, TimePoint now) {
  const std::lock_guard lock(mutex_);
  const FlowCounters last = flows.remove(flow, now);
  const auto from = entries_.find(ends_of(sender)), to = entries_.find(facing_ends(sender));
  if (from == entries_.end() || !from->second.sends || from->second.sends->flow != flow) return last;
  from->second.sends.reset();
  if (to != entries_.end()) to->second.received += last;
  return last;
}

}  // namespace turnpike::kernel
