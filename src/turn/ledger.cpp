#include "turnpike/turn/ledger.hpp"

namespace turnpike::turn {

using Lock = std::lock_guard<std::mutex>;

Ledger::Ledger(const LedgerOptions& options)
    : ports_(options.addresses, options.ports, options.port_quiet),
      places_({options.allocations_per_user_max, options.allocations_max, options.meters_max}),
      bars_(options.bars_max) {}

std::optional<RelayEndpoint> Ledger::lease_port(Family family, Parity parity, Random& random, TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  return ports_.lease(family, parity, random, now);
}

void Ledger::release_port(const RelayEndpoint& relay, TimePoint now) {
  const Lock lock(mutex_);
  ports_.release(relay, now);
}

bool Ledger::claim_port(const RelayEndpoint& relay) {
  const Lock lock(mutex_);
  return ports_.claim(relay);
}

Quota Ledger::take_place(const std::string& user_id, TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  return places_.take(user_id, now);
}

void Ledger::claim_place(const std::string& user_id, TimePoint granted) {
  const Lock lock(mutex_);
  places_.claim(user_id, granted);
}

void Ledger::give_place_back(const std::string& user_id) {
  const Lock lock(mutex_);
  places_.give_back(user_id);
}

relay::MeterId Ledger::meter_of(const std::string& user_id) const {
  const Lock lock(mutex_);
  return places_.meter_of(user_id);
}

std::uint32_t Ledger::held_by(const std::string& user_id) const {
  const Lock lock(mutex_);
  return places_.held_by(user_id);
}

std::vector<Holder> Ledger::holders() const {
  const Lock lock(mutex_);
  return places_.holders();
}

ReservationToken Ledger::reserve_port(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                                      TimePoint now) {
  const Lock lock(mutex_);
  return ports_.reserve(relay, user_id, random, now);
}

std::optional<RelayEndpoint> Ledger::redeem_port(const ReservationToken& token, const std::string& user_id,
                                                 TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  const auto redeemed = ports_.redeem(token);
  if (!redeemed) return std::nullopt;
  places_.claim(user_id, now);
  places_.give_back(redeemed->user_id);
  return redeemed->relay;
}

std::vector<Reservation> Ledger::reservations(TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  return {ports_.reservations().begin(), ports_.reservations().end()};
}

void Ledger::claim_reservation(const Reservation& reservation) {
  const Lock lock(mutex_);
  if (ports_.claim(reservation)) places_.claim(reservation.user_id, reservation.until - kReservationHold);
}

void Ledger::bar(const std::string& user_id, TimePoint until) {
  const Lock lock(mutex_);
  bars_.bar(user_id, until);
}

void Ledger::lift(const std::string& user_id) {
  const Lock lock(mutex_);
  bars_.lift(user_id);
}

bool Ledger::is_barred(const std::string& user_id, TimePoint now) {
  const Lock lock(mutex_);
  return bars_.is_barred(user_id, now);
}

Ledger::Counts Ledger::counts(TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  return {places_.held(), ports_.reservations().size(), ports_.counts()};
}

// A reservation holds a place beside its port.
void Ledger::expire_reservations(TimePoint now) {
  for (const Reservation& expired : ports_.expire(now)) places_.give_back(expired.user_id);
}

}  // namespace turnpike::turn
