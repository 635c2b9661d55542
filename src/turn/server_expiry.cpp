// How allocations and their parts end: by time, by the client's going, by revocation. And ICMP errors (RFC
// 8656 11.5), which end nothing.
#include <algorithm>

#include "turnpike/turn/server.hpp"

namespace turnpike::turn {
namespace {

constexpr std::uint32_t kIcmpPerSecondMax = 10;  // ICMP-07

struct IcmpKind {
  Family family;
  std::uint8_t type;
};
// Unreachable and time exceeded; for IPv6 also "too big" (ICMP-01).
constexpr IcmpKind kForwardedIcmp[] = {
    {Family::ipv4, 3}, {Family::ipv4, 11}, {Family::ipv6, 1}, {Family::ipv6, 2}, {Family::ipv6, 3}};

bool is_forwarded(const IcmpError& error) {
  return std::ranges::any_of(kForwardedIcmp, [&](const IcmpKind& kind) {
    return kind.family == error.peer.family() && kind.type == error.type;
  });
}

}  // namespace

void Server::on_deadline(const Now& now) {
  while (const auto id = allocations_.pop_due(now.monotonic))
    expire_parts(*allocations_.find(*id), now.monotonic);
}

// Ends what is due. The allocation itself goes with its last half: the reference is dead then.
void Server::expire_parts(Allocation& allocation, TimePoint now) {
  const auto due = [now](const auto& part) { return part.expires <= now; };
  if (std::ranges::all_of(allocation.halves, due))
    return end_allocation(allocation.id, EndReason::expired, now);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const RelayHalf* half = allocation.half(family);
    if (half != nullptr && due(*half)) close_half(allocation, family, now);
  }
  const auto retract = [&](const auto& part) {
    if (due(part)) emit(RetractRoute{allocation.route(part)});
  };
  std::ranges::for_each(allocation.channels, retract);
  std::ranges::for_each(allocation.permissions, retract);
  std::erase_if(allocation.channels, due);
  std::erase_if(allocation.permissions, due);
  allocations_.reschedule(allocation);
}

// Retracts the half's routes, then closes its relay and lets the port rest.
void Server::close_half(Allocation& allocation, Family family, TimePoint now) {
  const auto channel_of_half = [family](const Channel& channel) { return channel.peer.family() == family; };
  const auto permission_of_half = [family](const Permission& permission) {
    return permission.peer.family() == family;
  };
  for (const Channel& channel : allocation.channels) {
    if (channel_of_half(channel)) emit(RetractRoute{allocation.route(channel)});
  }
  for (const Permission& permission : allocation.permissions) {
    if (permission_of_half(permission)) emit(RetractRoute{allocation.route(permission)});
  }
  std::erase_if(allocation.channels, channel_of_half);
  std::erase_if(allocation.permissions, permission_of_half);

  const Endpoint relay = allocation.half(family)->relay;
  std::erase_if(allocation.halves, [&](const RelayHalf& half) { return half.relay == relay; });
  allocations_.forget_relay(relay);
  emit(CloseRelay{relay});
  ledger_.release_port(relay, now);
}

void Server::end_allocation(relay::AllocationId id, EndReason reason, TimePoint now) {
  Allocation& allocation = *allocations_.find(id);
  std::vector<Endpoint> relayed;
  for (const RelayHalf& half : allocation.halves)
    relayed.push_back(options_.external.to_external(half.relay));
  while (!allocation.halves.empty()) close_half(allocation, allocation.halves.back().relay.family(), now);
  ledger_.give_place_back(allocation.identity.user_id);
  const auto duration = std::chrono::duration_cast<std::chrono::seconds>(now - allocation.started);
  emit(AllocationEnded{id, allocation.client, allocation.identity.user_id, std::move(relayed),
                       std::move(allocation.peers), allocation.peers_total,
                       static_cast<std::uint32_t>(duration.count()), reason});
  allocations_.erase(id);
}

void Server::on_client_closed(const FiveTuple& tuple, const Now& now) {
  if (PendingAllocate* opening = pending(tuple)) opening->abandoned = true;
  if (const Allocation* allocation = allocations_.find(tuple))
    end_allocation(allocation->id, EndReason::client_closed, now.monotonic);
}

std::size_t Server::revoke(std::string_view user_id, const Now& now) {
  for (PendingAllocate& waiting : pending_) waiting.abandoned |= waiting.identity.user_id == user_id;
  const auto ids = allocations_.ids_of(user_id);
  for (const relay::AllocationId id : ids) end_allocation(id, EndReason::revoked, now.monotonic);
  return ids.size();
}

std::size_t Server::end_abandoned(std::string_view user_id, const LastHeard& heard, const Now& now) {
  std::size_t ended = 0;
  for (const relay::AllocationId id : allocations_.ids_of(user_id)) {
    if (std::max(allocations_.find(id)->heard, heard(id)) + kAbandonedAfter > now.monotonic) continue;
    end_allocation(id, EndReason::abandoned, now.monotonic);
    ++ended;
  }
  return ended;
}

void Server::end_all(EndReason reason, const Now& now) {
  for (PendingAllocate& opening : pending_) opening.abandoned = true;
  for (const relay::AllocationId id : allocations_.ids()) end_allocation(id, reason, now.monotonic);
}

// The permission is that of the peer we sent to, never of the router that complains (ICMP-03).
void Server::on_icmp(const Endpoint& relay, const IcmpError& error, const Now& now) {
  Allocation* allocation = allocations_.find_by_relay(relay);
  if (allocation == nullptr || !is_forwarded(error)) return;
  const Permission* permission = allocation->permission(error.peer.address);
  if (permission == nullptr || allocation->route(*permission).deadline <= now.monotonic) return;

  if (now.monotonic - allocation->icmp_window >= std::chrono::seconds(1)) {
    allocation->icmp_window = now.monotonic;
    allocation->icmp_in_window = 0;
  }
  if (++allocation->icmp_in_window > kIcmpPerSecondMax) return;

  stun::TransactionId id;
  random_.fill(id);
  std::array<std::uint8_t, 64> buffer;
  stun::MessageBuilder indication(buffer, stun::Method::data, stun::Class::indication, id);
  indication.add_xor_address(stun::Attr::xor_peer_address, options_.external.to_external(error.peer));
  indication.add_icmp(error.type, error.code, error.mtu);
  const Bytes bytes = indication.bytes();
  respond(allocation->client, {bytes.begin(), bytes.end()});
}

}  // namespace turnpike::turn
