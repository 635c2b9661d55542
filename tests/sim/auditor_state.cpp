// Sums that hold after every step, and comparisons of everything with everything now and then.
#include <fmt/format.h>

#include <algorithm>

#include "auditor.hpp"
#include "turnpike/base/earlier.hpp"

namespace turnpike::sim {

void Auditor::check_sums(const Shards& shards, turn::Ledger& ledger, TimePoint now) {
  std::erase_if(pending_, [&](const auto& entry) {
    return !ground_.placeless.contains(entry.first) &&
           std::ranges::none_of(ground_.opening, [&](const auto& opening) {
             return opening.second.allocation == entry.first;
           });
  });
  std::size_t places = 0, ports = ground_.open.size(), allocations = 0, routes = 0;
  for (const auto& [id, pending] : pending_)
    places += ground_.placeless.contains(id) ? 0 : pending.ports_each;
  for (const auto& [relay, opening] : ground_.opening) ports += pending_.at(opening.allocation).ports_each;
  for (const auto& shard : shards) {
    allocations += shard->server.allocation_count();
    routes += shard->routes.size();
    if (shard->server.next_effect()) referee_.violation("an effect was left behind");
  }
  const auto counts = ledger.counts(now);
  if (allocations != live_.size()) referee_.violation("allocations are not those that began and did not end");
  if (routes != routes_.size()) referee_.violation("the tables do not hold the published routes");
  if (counts.places != live_.size() + counts.reservations + places) {
    referee_.violation(fmt::format("quota {} is not {} allocations + {} reservations + {} opening",
                                   counts.places, live_.size(), counts.reservations, places));
  }
  if (counts.ports.leased != ports + counts.reservations) {
    referee_.violation(fmt::format("{} ports are leased, {} in use, {} reserved", counts.ports.leased, ports,
                                   counts.reservations));
  }
  if (counts.reservations != ground_.reserved.size())
    referee_.violation("reserved ports are not those that are bound for nobody");
  if (counts.ports.free + counts.ports.resting + counts.ports.leased != counts.ports.total)
    referee_.violation("a port is nowhere");
}

void Auditor::expect_route(const FiveTuple& tuple, const Grant& grant, const Endpoint& peer,
                           std::uint16_t channel, TimePoint end, TimePoint now) {
  const auto found = routes_.find(RouteKey{tuple, local(peer).address, channel});
  const auto name = [&] {
    return fmt::format("{} channel {:#x} peer {}", tuple.client.to_string(), channel, peer.to_string());
  };
  if (found == routes_.end()) return referee_.violation("a permission or channel has no route: " + name());
  const relay::Route& route = found->second;
  const Grant::Half& half = *grant.half(peer.family(), now);
  const Grant::Permit* permit = grant.permit(peer.address, now);
  if (permit == nullptr) {
    if (route.deadline > now) referee_.violation("a channel without permission has a live route: " + name());
    return;
  }
  const bool ports_filtered = channel == 0 && permit->ports_matter;
  if (route.deadline != std::min({half.expires, permit->expires, end}))
    referee_.violation("a route ends at the wrong time: " + name());
  if (route.peer != local(peer) || route.relay != geography_.local_relay(half.relay))
    referee_.violation("a route leads elsewhere: " + name());
  if ((route.ports_filtered != 0) != ports_filtered)
    referee_.violation("a route is wrong about ports: " + name());
}

void Auditor::compare_routes(const FiveTuple& tuple, TimePoint now) {
  const auto live = live_by_tuple_.find(tuple);
  const Grant* grant = book_.grant(tuple, now);
  if ((grant == nullptr) != (live == live_by_tuple_.end()))
    return referee_.violation("server and book disagree about an allocation");
  if (grant == nullptr) return;
  std::size_t expected = 0;
  for (const auto& [peer, permit] : grant->permits) {
    if (grant->permit(peer, now) == nullptr) continue;
    ++expected;
    expect_route(tuple, *grant, {peer, 0}, 0, TimePoint::max(), now);
  }
  for (const auto& [number, bond] : grant->bonds) {
    if (bond.expires <= now || grant->half(bond.peer.family(), now) == nullptr) continue;
    ++expected;
    expect_route(tuple, *grant, bond.peer, number, bond.expires, now);
  }
  if (live_.at(live->second).routes != expected) {
    referee_.violation(fmt::format("{} has {} routes instead of {}", tuple.client.to_string(),
                                   live_.at(live->second).routes, expected));
  }
}

void Auditor::check_all(const Shards& shards, turn::Ledger& ledger, TimePoint now) {
  check_sums(shards, ledger, now);
  std::size_t routes = 0, halves = 0, halves_opening = 0;
  std::map<std::string, std::uint32_t> held;
  std::optional<TimePoint> reserved;  // all shards wake for what they reserve together
  for (const auto& reservation : ledger.reservations(now)) {
    ++held[reservation.user_id];
    reserved = earlier(reserved, reservation.until);
  }
  for (const auto& shard : shards) {
    std::optional<TimePoint> next = reserved;
    for (const turn::Allocation& allocation : shard->server.snapshot().allocations) {
      check_allocation(allocation, *shard, now);
      routes += allocation.permissions.size() + allocation.channels.size();
      halves += allocation.halves.size();
      ++held[allocation.identity.user_id];
      if (allocation.meter != ledger.meter_of(allocation.identity.user_id))
        referee_.violation("an allocation uses the budget of another");
      next = earlier(next, allocation.next_deadline());
    }
    if (shard->server.next_deadline() != next) referee_.violation("the next deadline is not the earliest");
  }
  for (const auto& [relay, socket] : ground_.open)
    halves_opening += pending_.contains(socket.allocation) ? 1 : 0;
  for (const auto& [user, places] : held) {
    const std::uint32_t counted = ledger.held_by(user);
    if (counted < places || (has_quota(user) && counted > kAllocationsPerUserMax))
      referee_.violation(fmt::format("{} holds {} of {}", user, places, counted));
  }
  if (routes != routes_.size()) referee_.violation("a route stands for no permission and no channel");
  if (halves + halves_opening != ground_.open.size()) referee_.violation("a relay is open for nobody");
  for (const auto& [tuple, grant] : book_.grants()) {
    if (grant.is_live(now) && !live_by_tuple_.contains(tuple))
      referee_.violation("the server forgot an allocation");
  }
}

void Auditor::check_allocation(const turn::Allocation& allocation, const Shard& shard, TimePoint now) {
  for (const turn::RelayHalf& half : allocation.halves) {
    const auto socket = ground_.open.find(half.relay);
    const bool ours = socket != ground_.open.end() && socket->second.allocation == allocation.id &&
                      socket->second.shard == shard.worker;
    if (!ours) referee_.violation("an allocation has no socket");
  }
  for (const turn::Permission& permission : allocation.permissions)
    check_route_of(shard, allocation.route(permission), now);
  for (const turn::Channel& channel : allocation.channels)
    check_route_of(shard, allocation.route(channel), now);
  if (allocation.permissions.size() > kPermissionsMax || allocation.channels.size() > kChannelsMax)
    referee_.violation("no bound holds");
  check_against_book(allocation, now);
}

// The route is published, and the table finds it from both sides. One that is over may carry any time that
// has passed.
void Auditor::check_route_of(const Shard& shard, const relay::Route& expected, TimePoint now) {
  const auto published = routes_.find(key_of(expected));
  if (published == routes_.end()) return referee_.violation("a permission or channel was never published");
  relay::Route route = published->second;
  if (route.deadline <= now && expected.deadline <= now) route.deadline = expected.deadline;
  if (route != expected) referee_.violation("a published route is not that of its allocation");
  const auto* from_client = expected.is_permission()
                                ? shard.routes.by_permission(expected.client, expected.peer.address)
                                : shard.routes.by_channel(expected.client, expected.channel);
  const auto* from_peer = expected.is_permission()
                              ? shard.routes.permission_from_peer(expected.relay, expected.peer.address)
                              : shard.routes.channel_from_peer(expected.relay, expected.peer);
  if (from_client == nullptr || from_client != from_peer || from_client->route != published->second) {
    referee_.violation("the table does not hold a published route");
  }
}

void Auditor::check_against_book(const turn::Allocation& allocation, TimePoint now) {
  const Grant* grant = book_.grant(allocation.client.tuple, now);
  const auto lives = [now](const auto& part) { return part.expires > now; };
  if (grant == nullptr) {
    if (std::ranges::any_of(allocation.halves, lives))
      referee_.violation("an allocation lives longer than granted");
    return;
  }
  const auto usable = [&](const auto& peer) { return grant->half(peer.family(), now) != nullptr; };
  std::size_t permits = 0, bonds = 0;
  for (const turn::RelayHalf& half : allocation.halves) {
    const Grant::Half* granted = grant->half(half.relay.family(), now);
    const bool equal = granted == nullptr
                           ? half.expires <= now
                           : granted->relay == outside(half.relay) && granted->expires == half.expires;
    if (!equal) referee_.violation("a relay was granted otherwise");
  }
  for (const turn::Permission& permission : allocation.permissions) {
    const auto granted = grant->permits.find(outside(PeerEndpoint(permission.peer, 0)).address);
    if (granted == grant->permits.end() || granted->second.expires != permission.expires)
      referee_.violation("a permission was granted otherwise");
    permits += lives(permission) && usable(permission.peer) ? 1 : 0;
  }
  for (const turn::Channel& channel : allocation.channels) {
    const auto granted = grant->bonds.find(channel.number);
    const bool equal = granted != grant->bonds.end() && granted->second.expires == channel.expires &&
                       granted->second.peer == outside(channel.peer);
    if (!equal) referee_.violation("a channel was granted otherwise");
    bonds += lives(channel) && usable(channel.peer) ? 1 : 0;
  }
  const auto granted_permits = std::ranges::count_if(
      grant->permits, [&](const auto& p) { return lives(p.second) && usable(p.first); });
  const auto granted_bonds = std::ranges::count_if(
      grant->bonds, [&](const auto& b) { return lives(b.second) && usable(b.second.peer); });
  if (static_cast<std::size_t>(granted_permits) != permits ||
      static_cast<std::size_t>(granted_bonds) != bonds) {
    referee_.violation("a permission or channel that was granted is not there");
  }
}

void Auditor::restart() {
  routes_before_ = std::exchange(routes_, {});
  routes_on_relay_.clear();
  pending_.clear();
  std::set<RelayEndpoint> leased = ground_.reserved;
  for (const auto& [relay, socket] : ground_.open) leased.insert(relay);
  ports_.restart(leased);
  for (auto& [id, live] : live_) {
    live.routes = 0;
    live.traffic = {};
  }
}

// Meters are numbers of one process.
void Auditor::check_restarted(TimePoint now) {
  if (routes_.size() != routes_before_.size())
    return referee_.violation("a restored server published other routes");
  for (const auto& [key, before] : routes_before_) {
    const auto after = routes_.find(key);
    if (after == routes_.end()) return referee_.violation("a restored server did not publish a route");
    relay::Route same = after->second;
    if (same.deadline <= now && before.deadline <= now) same.deadline = before.deadline;
    same.meter = before.meter;
    if (same != before) return referee_.violation("a restored server published another route");
  }
}

}  // namespace turnpike::sim
