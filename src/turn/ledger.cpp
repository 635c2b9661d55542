#include "turnpike/turn/ledger.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::turn {

using Lock = std::lock_guard<std::mutex>;

namespace {

class RelaysOfNow final : public LiveRelays {
 public:
  explicit RelaysOfNow(std::vector<std::shared_ptr<const PortPool>> pools) : pools_(std::move(pools)) {}

  bool is_live_relay(const PeerEndpoint& peer) const override {
    const PortPool* owner = pool(peer.address);
    return owner != nullptr && owner->is_live(peer.port);
  }
  bool is_relay_address(const IpAddress& address) const override { return pool(address) != nullptr; }

 private:
  const PortPool* pool(const IpAddress& address) const {
    const auto found =
        std::ranges::find(pools_, address, [](const auto& candidate) { return candidate->address(); });
    return found == pools_.end() ? nullptr : found->get();
  }

  std::vector<std::shared_ptr<const PortPool>> pools_;
};

}  // namespace

Ledger::Ledger(const LedgerOptions& options)
    : ports_(options.addresses, options.ports, options.port_quiet),
      places_({options.allocations_per_user_max, options.allocations_max, options.meters_max}),
      bars_(options.bars_max) {}

void Ledger::set_addresses(const std::vector<IpAddress>& addresses, TimePoint now) {
  const Lock lock(mutex_);
  ports_.set_addresses(addresses, now);
}

bool Ledger::has_family(Family family) const {
  const Lock lock(mutex_);
  return ports_.has_family(family);
}

bool Ledger::is_live_relay(const PeerEndpoint& peer) const {
  const Lock lock(mutex_);
  return ports_.is_live(RelayEndpoint(peer.plain()));
}

bool Ledger::is_relay_address(const IpAddress& address) const {
  const Lock lock(mutex_);
  return ports_.is_ours(address);
}

std::shared_ptr<const LiveRelays> Ledger::live_relays() const {
  const Lock lock(mutex_);
  return std::make_shared<RelaysOfNow>(ports_.pools());
}

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

void Ledger::set_places(const PlacesOptions& options) {
  const Lock lock(mutex_);
  places_.set_options(options);
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
