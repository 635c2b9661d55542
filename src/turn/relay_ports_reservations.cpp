// Ports that wait for a token: made, redeemed, left behind, over.
#include <algorithm>
#include <utility>

#include "turnpike/crypto/constant_time.hpp"
#include "turnpike/turn/relay_ports.hpp"

namespace turnpike::turn {
namespace {

auto with_token(const ReservationToken& token) {
  return [&token](const Reservation& kept) { return crypto::equal_constant_time(kept.token, token); };
}

}  // namespace

ReservationToken RelayPorts::reserve(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                                     TimePoint now) {
  Reservation& made =
      reservations_.emplace_back(Reservation{{}, relay, user_id, now + kReservationHold, false});
  random.fill(made.token);
  return made.token;
}

std::optional<RelayEndpoint> RelayPorts::redeem(const ReservationToken& token, const std::string& user_id) {
  const auto found = std::ranges::find_if(reservations_, with_token(token));
  if (found == reservations_.end() || found->user_id != user_id) return std::nullopt;
  if (!is_here(found->relay.address)) return std::nullopt;  // it ends at its time, as nothing can come of it
  const RelayEndpoint relay = found->relay;
  reservations_.erase(found);
  find(relay.address)->ports->set_live(relay.port, true, leases_.at(relay).is_visitors);
  return relay;
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

void RelayPorts::leave(const ReservationToken& token) {
  const auto found = std::ranges::find_if(reservations_, with_token(token));
  if (found != reservations_.end()) found->is_left = true;
}

template <class Predicate>
std::optional<Reservation> RelayPorts::end_first(Predicate fits, TimePoint now) {
  const auto found = std::ranges::find_if(
      reservations_, [&](const Reservation& each) { return each.is_left && fits(each); });
  if (found == reservations_.end()) return std::nullopt;
  Reservation ended = std::move(*found);
  reservations_.erase(found);
  release(ended.relay, now);
  return ended;
}

// What is reserved is odd.
std::optional<Reservation> RelayPorts::end_left(Family family, Parity parity, TimePoint now) {
  if (parity == Parity::even) return std::nullopt;
  const auto helps = [&](const Reservation& each) {
    const RelayEndpoint even = partner_of(each.relay);
    return each.relay.family() == family && is_here(each.relay.address) &&
           (parity == Parity::any || is_free(even) || resting_.contains(even));
  };
  return end_first(helps, now);
}

std::optional<Reservation> RelayPorts::end_left_by(const std::string& user_id, TimePoint now) {
  return end_first([&](const Reservation& each) { return each.user_id == user_id; }, now);
}

bool RelayPorts::claim(const Reservation& reservation) {
  if (!claim(reservation.relay, {reservation.user_id})) return false;
  find(reservation.relay.address)->ports->set_live(reservation.relay.port, false);
  reservations_.push_back(reservation);
  return true;
}

}  // namespace turnpike::turn
