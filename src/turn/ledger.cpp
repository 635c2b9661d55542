#include "turnpike/turn/ledger.hpp"

#include <algorithm>
#include <cassert>

#include "turnpike/crypto/constant_time.hpp"

namespace turnpike::turn {
namespace {

constexpr Duration kReservationHold = std::chrono::seconds(32);

}  // namespace

Ledger::Ledger(const LedgerOptions& options) : options_(options) {
  for (const IpAddress& address : options.addresses)
    pools_.push_back(std::make_unique<PortPool>(address, options.ports, options.port_quiet));
  for (relay::MeterId id = options.meters_max; id > 0; --id) free_meters_.push_back(id);
}

PortPool* Ledger::pool(const IpAddress& address) const {
  const auto found =
      std::ranges::find(pools_, address, [](const auto& candidate) { return candidate->address(); });
  return found == pools_.end() ? nullptr : found->get();
}

bool Ledger::has_family(Family family) const {
  return std::ranges::any_of(
      pools_, [family](const auto& candidate) { return candidate->address().family() == family; });
}

bool Ledger::is_relay_address(const IpAddress& address) const { return pool(address) != nullptr; }

bool Ledger::is_live_relay(const Endpoint& endpoint) const {
  const PortPool* owner = pool(endpoint.address);
  return owner != nullptr && owner->is_live(endpoint.port);
}

std::optional<Endpoint> Ledger::lease_port(Family family, Parity parity, Random& random, TimePoint now) {
  const std::lock_guard lock(mutex_);
  expire_reservations(now);
  std::vector<PortPool*> candidates;
  for (const auto& owned : pools_) {
    if (owned->address().family() == family) candidates.push_back(owned.get());
  }
  const auto count = static_cast<std::uint32_t>(candidates.size());
  if (count == 0) return std::nullopt;
  const std::uint32_t start = random.below(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    PortPool& candidate = *candidates[(start + i) % count];
    if (const auto port = candidate.lease(parity, random, now)) return Endpoint{candidate.address(), *port};
  }
  return std::nullopt;
}

void Ledger::release_port(const Endpoint& relay, TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (PortPool* owner = pool(relay.address)) owner->release(relay.port, now);
}

bool Ledger::claim_port(const Endpoint& relay) {
  const std::lock_guard lock(mutex_);
  PortPool* owner = pool(relay.address);
  return owner != nullptr && owner->claim(relay.port);
}

void Ledger::take_place(const std::string& user_id, TimePoint granted) {
  Account& account = accounts_[user_id];
  account.granted = std::max(account.granted, granted);
  if (account.held == 0 && !free_meters_.empty()) {
    account.meter = free_meters_.back();
    free_meters_.pop_back();
  }
  ++account.held;
  ++held_total_;
}

void Ledger::give_place_back(const std::string& user_id) {
  const auto found = accounts_.find(user_id);
  assert(found != accounts_.end());
  --held_total_;
  if (--found->second.held > 0) return;
  if (found->second.meter != 0) free_meters_.push_back(found->second.meter);
  accounts_.erase(found);
}

Ledger::Quota Ledger::acquire(const std::string& user_id, TimePoint now) {
  const std::lock_guard lock(mutex_);
  expire_reservations(now);
  const auto found = accounts_.find(user_id);
  const std::uint32_t held = found == accounts_.end() ? 0 : found->second.held;
  if (options_.allocations_per_user_max != 0 && held >= options_.allocations_per_user_max)
    return Quota::user_full;
  if (options_.allocations_max != 0 && held_total_ >= options_.allocations_max) return Quota::server_full;
  if (options_.meters_max != 0 && held == 0 && free_meters_.empty()) return Quota::server_full;
  take_place(user_id, now);
  return Quota::granted;
}

void Ledger::release(const std::string& user_id) {
  const std::lock_guard lock(mutex_);
  give_place_back(user_id);
}

void Ledger::claim(const std::string& user_id, TimePoint granted) {
  const std::lock_guard lock(mutex_);
  take_place(user_id, granted);
}

relay::MeterId Ledger::meter_of(const std::string& user_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(user_id);
  return found == accounts_.end() ? 0 : found->second.meter;
}

void Ledger::expire_reservations(TimePoint now) {
  while (!reservations_.empty() && reservations_.front().until <= now) {
    const Reservation& expired = reservations_.front();
    if (PortPool* owner = pool(expired.relay.address)) owner->release(expired.relay.port, now);
    give_place_back(expired.user_id);
    reservations_.pop_front();
  }
}

ReservationToken Ledger::reserve(const Endpoint& relay, const std::string& user_id, Random& random,
                                 TimePoint now) {
  const std::lock_guard lock(mutex_);
  Reservation reservation{{}, relay, user_id, now + kReservationHold};
  random.fill(reservation.token);
  reservations_.push_back(reservation);
  return reservation.token;
}

std::optional<Endpoint> Ledger::redeem(const ReservationToken& token, const std::string& user_id,
                                       TimePoint now) {
  const std::lock_guard lock(mutex_);
  expire_reservations(now);
  const auto found = std::ranges::find_if(reservations_, [&](const Reservation& reservation) {
    return crypto::equal_constant_time(reservation.token, token);
  });
  if (found == reservations_.end()) return std::nullopt;
  const Endpoint relay = found->relay;
  take_place(user_id, now);
  give_place_back(found->user_id);
  reservations_.erase(found);
  return relay;
}

void Ledger::bar(const std::string& user_id, TimePoint until) {
  const std::lock_guard lock(mutex_);
  lift_locked(user_id);
  barred_until_.emplace(user_id, until);
  bars_by_end_.emplace(until, user_id);
  if (bars_by_end_.size() > options_.bars_max) lift_locked(std::string(bars_by_end_.begin()->second));
}

void Ledger::lift(const std::string& user_id) {
  const std::lock_guard lock(mutex_);
  lift_locked(user_id);
}

void Ledger::lift_locked(const std::string& user_id) {
  const auto found = barred_until_.find(user_id);
  if (found == barred_until_.end()) return;
  bars_by_end_.erase({found->second, user_id});
  barred_until_.erase(found);
}

bool Ledger::is_barred(const std::string& user_id, TimePoint now) {
  const std::lock_guard lock(mutex_);
  while (!bars_by_end_.empty() && bars_by_end_.begin()->first <= now) {
    barred_until_.erase(bars_by_end_.begin()->second);
    bars_by_end_.erase(bars_by_end_.begin());
  }
  return barred_until_.contains(user_id);
}

Ledger::Counts Ledger::counts(TimePoint now) {
  const std::lock_guard lock(mutex_);
  expire_reservations(now);
  Counts counts{held_total_, reservations_.size(), 0, 0, 0, 0};
  for (const auto& candidate : pools_) {
    counts.ports_total += candidate->ports_total();
    counts.ports_free += candidate->ports_free();
    counts.ports_resting += candidate->ports_resting();
    counts.ports_leased += candidate->ports_leased();
  }
  return counts;
}

std::uint32_t Ledger::held_by(const std::string& user_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = accounts_.find(user_id);
  return found == accounts_.end() ? 0 : found->second.held;
}

std::vector<Ledger::Holder> Ledger::holders() const {
  const std::lock_guard lock(mutex_);
  std::vector<Holder> holders;
  holders.reserve(accounts_.size());
  for (const auto& [user_id, account] : accounts_) holders.push_back({user_id, account.granted});
  return holders;
}

std::vector<Ledger::Reservation> Ledger::reservations(TimePoint now) {
  const std::lock_guard lock(mutex_);
  expire_reservations(now);
  return {reservations_.begin(), reservations_.end()};
}

void Ledger::claim_reservation(const Reservation& reservation) {
  const std::lock_guard lock(mutex_);
  PortPool* owner = pool(reservation.relay.address);
  if (owner == nullptr || !owner->claim(reservation.relay.port)) return;
  take_place(reservation.user_id, reservation.until - kReservationHold);
  reservations_.push_back(reservation);
}

}  // namespace turnpike::turn
