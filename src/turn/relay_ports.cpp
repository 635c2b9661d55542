#include "turnpike/turn/relay_ports.hpp"

#include <algorithm>

#include "turnpike/crypto/constant_time.hpp"

namespace turnpike::turn {

RelayPorts::RelayPorts(const std::vector<IpAddress>& addresses, PortRange ports, Duration quiet) {
  for (const IpAddress& address : addresses)
    pools_.push_back(std::make_unique<PortPool>(address, ports, quiet));
}

PortPool* RelayPorts::pool(const IpAddress& address) const {
  const auto found =
      std::ranges::find(pools_, address, [](const auto& candidate) { return candidate->address(); });
  return found == pools_.end() ? nullptr : found->get();
}

bool RelayPorts::has_family(Family family) const {
  return std::ranges::any_of(
      pools_, [family](const auto& candidate) { return candidate->address().family() == family; });
}

bool RelayPorts::is_live(const RelayEndpoint& relay) const {
  const PortPool* owner = pool(relay.address);
  return owner != nullptr && owner->is_live(relay.port);
}

std::optional<RelayEndpoint> RelayPorts::lease(Family family, Parity parity, Random& random, TimePoint now) {
  std::vector<PortPool*> candidates;
  for (const auto& owned : pools_) {
    if (owned->address().family() == family) candidates.push_back(owned.get());
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
  for (const auto& each : pools_) {
    counts.total += each->ports_total();
    counts.free += each->ports_free();
    counts.resting += each->ports_resting();
    counts.leased += each->ports_leased();
  }
  return counts;
}

}  // namespace turnpike::turn
