#include "turnpike/turn/live_allocations.hpp"

#include "turnpike/base/check.hpp"

namespace turnpike::turn {

Allocation* LiveAllocations::find(const FiveTuple& tuple, TimePoint now) {
  Allocation* allocation = table_.find(tuple);
  if (allocation == nullptr) return nullptr;
  expire(*allocation, now);
  return table_.find(tuple);
}

std::vector<ExternalEndpoint> LiveAllocations::relayed_addresses(const Allocation& allocation) const {
  std::vector<ExternalEndpoint> relayed;
  for (const RelayHalf& half : allocation.halves) relayed.push_back(external_.to_external(half.relay));
  return relayed;
}

const Allocation& LiveAllocations::begin(Allocation allocation, std::uint32_t lifetime_s) {
  const Allocation& stored = table_.insert(std::move(allocation));
  out_.emit(AllocationStarted{stored.id, stored.client, stored.identity.user_id, relayed_addresses(stored),
                              lifetime_s});
  return stored;
}

void LiveAllocations::restore(const Allocation& saved) {
  ledger_.claim_place(saved.identity.tenant(), saved.started);
  for (const RelayHalf& half : saved.halves) ledger_.claim_port(half.relay, saved.identity.tenant());
  Allocation& allocation = table_.insert(saved);
  allocation.meter = ledger_.meter_of(saved.identity.user_id);  // this process's number for the user
  for (const Permission& permission : allocation.permissions)
    out_.emit(PublishRoute{allocation.route(permission)});
  for (const Channel& channel : allocation.channels) out_.emit(PublishRoute{allocation.route(channel)});
}

void LiveAllocations::update(Allocation& allocation) {
  const auto publish = [&](auto& part) {
    const relay::Route route = allocation.route(part);
    if (route.deadline == part.published) return;
    part.published = route.deadline;
    out_.emit(PublishRoute{route});
  };
  std::ranges::for_each(allocation.permissions, publish);
  std::ranges::for_each(allocation.channels, publish);
  table_.reschedule(allocation);
}

void LiveAllocations::expire(Allocation& allocation, TimePoint now) {
  const auto due = [now](const auto& part) { return part.expires <= now; };
  if (std::ranges::all_of(allocation.halves, due)) return end(allocation.id, EndReason::expired, now);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const RelayHalf* half = allocation.half(family);
    if (half != nullptr && due(*half)) close_half(allocation, family);
  }
  end_channels(allocation, due);
  end_permissions(allocation, due);
  table_.reschedule(allocation);
}

void LiveAllocations::expire_due(TimePoint now) {
  while (const auto id = table_.pop_due(now)) expire(*table_.find(*id), now);
}

void LiveAllocations::close_half(Allocation& allocation, Family family) {
  end_channels(allocation, [family](const Channel& channel) { return channel.peer.family() == family; });
  end_permissions(allocation,
                  [family](const Permission& permission) { return permission.peer.family() == family; });

  const RelayEndpoint relay = allocation.half(family)->relay;
  std::erase_if(allocation.halves, [&](const RelayHalf& half) { return half.relay == relay; });
  table_.forget_relay(relay);
  out_.emit(CloseRelay{relay});
}

void LiveAllocations::end(relay::AllocationId id, EndReason reason, TimePoint now) {
  Allocation* found = table_.find(id);
  TURNPIKE_CHECK(found != nullptr);
  Allocation& allocation = *found;
  auto relayed = relayed_addresses(allocation);
  while (!allocation.halves.empty()) close_half(allocation, allocation.halves.back().relay.family());
  ledger_.give_place_back(allocation.identity.user_id);
  if (allocation.reservation) ledger_.leave_reservation(*allocation.reservation);
  const auto duration = std::chrono::duration_cast<std::chrono::seconds>(now - allocation.started);
  out_.emit(AllocationEnded{id, allocation.client, allocation.identity.user_id, std::move(relayed),
                            std::move(allocation.peers), allocation.peers_total,
                            static_cast<std::uint32_t>(duration.count()), reason});
  table_.erase(id);
}

}  // namespace turnpike::turn
