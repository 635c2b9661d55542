#include "turnpike/turn/relay_ports.hpp"

#include <algorithm>

#include "turnpike/crypto/constant_time.hpp"

namespace turnpike::turn {

RelayPorts::RelayPorts(const std::vector<IpAddress>& addresses, PortRange ports, Duration quiet)
    : range_(ports), quiet_(quiet) {
  set_addresses(addresses, {});
}

void RelayPorts::set_addresses(const std::vector<IpAddress>& addresses, TimePoint now) {
  for (Pool& known : pools_) {
    known.is_here = std::ranges::find(addresses, known.ports->address()) != addresses.end();
  }
  std::erase_if(pools_, [&](const Pool& known) { return !known.is_here && known.ports->is_idle(now); });
  for (const IpAddress& address : addresses) {
    if (pool(address) == nullptr) pools_.push_back({std::make_shared<PortPool>(address, range_, quiet_)});
  }
}

std::vector<std::shared_ptr<const PortPool>> RelayPorts::pools() const {
  std::vector<std::shared_ptr<const PortPool>> pools;
  for (const Pool& each : pools_) pools.push_back(each.ports);
  return pools;
}

PortPool* RelayPorts::pool(const IpAddress& address) const {
  const auto found =
      std::ranges::find(pools_, address, [](const Pool& candidate) { return candidate.ports->address(); });
  return found == pools_.end() ? nullptr : found->ports.get();
}

bool RelayPorts::has_family(Family family) const {
  return std::ranges::any_of(pools_, [family](const Pool& candidate) { return candidate.is_for(family); });
}

bool RelayPorts::is_live(const RelayEndpoint& relay) const {
  const PortPool* owner = pool(relay.address);
  return owner != nullptr && owner->is_live(relay.port);
}

std::optional<RelayEndpoint> RelayPorts::lease(Family family, Parity parity, Random& random, TimePoint now) {
  std::vector<PortPool*> candidates;
  for (const Pool& owned : pools_) {
    if (owned.is_for(family)) candidates.push_back(owned.ports.get());
  }
  const auto count = static_cast<std::uint32_t>(candidates.size());
  if (count == 0) return std::nullopt;
  const std::uint32_t start = random.below(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    PortPool& candidate = *candidates[(start + i) % count];
    if (const auto port = candidate.lease(parity, random, now))
      return RelayEndpoint(candidate.address(), *port);
  }
  return std::nullopt;
}

void RelayPorts::release(const RelayEndpoint& relay, TimePoint now) {
  if (PortPool* owner = pool(relay.address)) owner->release(relay.port, now);
}

bool RelayPorts::claim(const RelayEndpoint& relay) {
  PortPool* owner = pool(relay.address);
  return owner != nullptr && owner->claim(relay.port);
}

ReservationToken RelayPorts::reserve(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                                     TimePoint now) {
  Reservation& made = reservations_.emplace_back(Reservation{{}, relay, user_id, now + kReservationHold});
  random.fill(made.token);
  return made.token;
}

std::optional<Reservation> RelayPorts::redeem(const ReservationToken& token) {
  const auto found = std::ranges::find_if(
      reservations_, [&](const Reservation& kept) { return crypto::equal_constant_time(kept.token, token); });
  if (found == reservations_.end()) return std::nullopt;
  Reservation redeemed = std::move(*found);
  reservations_.erase(found);
  return redeemed;
}

std::vector<Reservation> RelayPorts::expire(TimePoint now) {
  std::vector<Reservation> expired;
  while (!reservations_.empty() && reservations_.front().until <= now) {
    release(reservations_.front().relay, now);
    expired.push_back(std::move(reservations_.front()));
    reservations_.pop_front();
  }
  return expired;
}

bool RelayPorts::claim(const Reservation& reservation) {
  if (!claim(reservation.relay)) return false;
  reservations_.push_back(reservation);
  return true;
}

PortCounts RelayPorts::counts() const {
  PortCounts counts;
  for (const Pool& each : pools_) {
    counts.leased += each.ports->ports_leased();
    counts.total += each.is_here ? each.ports->ports_total() : each.ports->ports_leased();
    if (!each.is_here) continue;
    counts.free += each.ports->ports_free();
    counts.resting += each.ports->ports_resting();
  }
  return counts;
}

}  // namespace turnpike::turn
