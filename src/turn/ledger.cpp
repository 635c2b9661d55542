#include "turnpike/turn/ledger.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::turn {

using Lock = std::lock_guard<std::mutex>;

namespace {

constexpr Duration kToldOnceIn = std::chrono::seconds(10);
constexpr std::size_t kChangedMax = 16384;  // users, between two times that somebody asks

class RelaysOfNow final : public LiveRelays {
 public:
  explicit RelaysOfNow(std::vector<std::shared_ptr<const PortPool>> pools) : pools_(std::move(pools)) {}

  bool is_live_relay(const PeerEndpoint& peer) const override {
    const PortPool* owner = pool(peer.address);
    return owner != nullptr && owner->is_live(peer.port);
  }
  bool is_visitors_relay(const PeerEndpoint& peer) const override {
    const PortPool* owner = pool(peer.address);
    return owner != nullptr && owner->is_visitors(peer.port);
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
    : ports_(options.addresses, options.ports, options.port_quiet, options.released),
      places_({options.allocations_per_user_max, options.allocations_per_shared_user_max,
               options.allocations_max, options.meters_max, options.visitors_max}),
      bars_(options.bars_max),
      bars_of_operator_(options.bars_max),
      sent_away_(options.sent_away_max) {}

void Ledger::set_addresses(const std::vector<IpAddress>& addresses, TimePoint now) {
  const Lock lock(mutex_);
  ports_.set_addresses(addresses, now);
}

void Ledger::set_ports(PortRange range, Duration quiet, TimePoint now) {
  const Lock lock(mutex_);
  ports_.set_quiet(quiet);
  ports_.set_range(range, now);
}

bool Ledger::has_family(Family family) const {
  const Lock lock(mutex_);
  return ports_.has_family(family);
}

std::vector<IpAddress> Ledger::relay_addresses() const {
  const Lock lock(mutex_);
  return ports_.addresses();
}

bool Ledger::is_live_relay(const PeerEndpoint& peer) const {
  const Lock lock(mutex_);
  return ports_.is_live(RelayEndpoint(peer.plain()));
}

bool Ledger::is_visitors_relay(const PeerEndpoint& peer) const {
  const Lock lock(mutex_);
  return ports_.is_visitors(RelayEndpoint(peer.plain()));
}

bool Ledger::is_relay_address(const IpAddress& address) const {
  const Lock lock(mutex_);
  return ports_.is_ours(address);
}

std::shared_ptr<const LiveRelays> Ledger::live_relays() const {
  const Lock lock(mutex_);
  return std::make_shared<RelaysOfNow>(ports_.pools());
}

std::optional<RelayEndpoint> Ledger::lease_port(Family family, Parity parity, const Tenant& tenant,
                                                Random& random, TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  auto leased = ports_.lease(family, parity, tenant, random, now);
  if (!leased && end_left_reservation(family, parity, now))
    leased = ports_.lease(family, parity, tenant, random, now);
  return leased;
}

void Ledger::release_port(const RelayEndpoint& relay, TimePoint now) {
  const Lock lock(mutex_);
  ports_.release(relay, now);
  was_exhausted_ = false;
}

void Ledger::set_port_aside(const RelayEndpoint& relay, TimePoint now) {
  const Lock lock(mutex_);
  ports_.set_aside(relay, now);
}

void Ledger::set_places(const PlacesOptions& options) {
  const Lock lock(mutex_);
  places_.set_options(options);
}

bool Ledger::claim_port(const RelayEndpoint& relay, const Tenant& tenant) {
  const Lock lock(mutex_);
  return ports_.claim(relay, tenant);
}

bool Ledger::is_exhausted(TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  return ports_.is_exhausted();
}

bool Ledger::is_newly_exhausted(TimePoint now) {
  if (!is_exhausted(now)) return false;
  const Lock lock(mutex_);
  if (std::exchange(was_exhausted_, true) || now < quiet_until_) return false;
  quiet_until_ = now + kToldOnceIn;
  return true;
}

// To be asked before the lock is taken, for it may take some microseconds.
std::uint32_t Ledger::held_elsewhere(const Tenant& tenant) const {
  return elsewhere_ == nullptr || tenant.kind == NameKind::visitor ? 0
                                                                   : elsewhere_->places_of(tenant.user_id);
}

// What the user has left behind makes room first.
Quota Ledger::take_places(const Tenant& tenant, std::uint32_t count, TimePoint now) {
  const std::uint32_t elsewhere = held_elsewhere(tenant);
  const Lock lock(mutex_);
  expire_reservations(now);
  Quota quota = places_.take(tenant, count, now, elsewhere);
  while (quota == Quota::user_full && ports_.end_left_by(tenant.user_id, now)) {
    places_.give_back(tenant.user_id);
    quota = places_.take(tenant, count, now, elsewhere);
  }
  return quota;
}

std::uint32_t Ledger::places_lacking(const Tenant& tenant, std::uint32_t count) const {
  const std::uint32_t elsewhere = held_elsewhere(tenant);
  const Lock lock(mutex_);
  return places_.lacking(tenant, count, elsewhere);
}

bool Ledger::is_full(const Tenant& tenant, std::uint32_t count) const {
  const std::uint32_t elsewhere = held_elsewhere(tenant);
  const Lock lock(mutex_);
  return places_.is_full(tenant, count, elsewhere);
}

void Ledger::claim_place(const Tenant& tenant, TimePoint granted) {
  const Lock lock(mutex_);
  places_.claim(tenant, granted);
}

void Ledger::give_place_back(const std::string& user_id) {
  const Lock lock(mutex_);
  places_.give_back(user_id);
}

relay::MeterId Ledger::meter_of(const std::string& user_id) const {
  const Lock lock(mutex_);
  return places_.meter_of(user_id);
}

std::size_t Ledger::unmetered() const {
  const Lock lock(mutex_);
  return places_.unmetered();
}

std::uint32_t Ledger::held_by(const std::string& user_id) const {
  const Lock lock(mutex_);
  return places_.held_by(user_id);
}

std::vector<Holder> Ledger::holders() const {
  const Lock lock(mutex_);
  return places_.holders();
}

void Ledger::watch_holdings(bool are_watched) {
  const Lock lock(mutex_);
  places_.watch(are_watched ? kChangedMax : 0);
}

HoldingChanges Ledger::take_holding_changes() {
  const Lock lock(mutex_);
  return places_.take_changes();
}

ReservationToken Ledger::reserve_port(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                                      TimePoint now) {
  const Lock lock(mutex_);
  const ReservationToken token = ports_.reserve(relay, user_id, random, now);
  note_expiry();
  return token;
}

std::optional<RelayEndpoint> Ledger::redeem_port(const ReservationToken& token, const std::string& user_id,
                                                 TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  const auto redeemed = ports_.redeem(token, user_id);
  if (!redeemed) return std::nullopt;
  places_.claim({user_id}, now);  // the allocation's, granted now
  places_.give_back(user_id);     // the reservation's
  return redeemed;
}

void Ledger::leave_reservation(const ReservationToken& token) {
  const Lock lock(mutex_);
  ports_.leave(token);
}

// With its place.
bool Ledger::end_left_reservation(Family family, Parity parity, TimePoint now) {
  const auto ended = ports_.end_left(family, parity, now);
  if (ended) places_.give_back(ended->user_id);
  return ended.has_value();
}

std::vector<Reservation> Ledger::reservations(TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  return {ports_.reservations().begin(), ports_.reservations().end()};
}

void Ledger::claim_reservation(const Reservation& reservation) {
  const Lock lock(mutex_);
  if (!ports_.claim(reservation)) return;
  places_.claim({reservation.user_id}, reservation.until - kReservationHold);
  note_expiry();
}

std::optional<TimePoint> Ledger::next_expiry() const {
  const TimePoint next = next_expiry_.load(std::memory_order_relaxed);
  return next == TimePoint::max() ? std::nullopt : std::optional(next);
}

void Ledger::expire(TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
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
  return bars_.is_barred(user_id, now) || bars_of_operator_.is_barred(user_id, now);
}

void Ledger::bar_by_operator(const std::string& user_id, TimePoint until) {
  const Lock lock(mutex_);
  bars_of_operator_.bar(user_id, until);
}

void Ledger::lift_by_operator(const std::string& user_id) {
  const Lock lock(mutex_);
  bars_of_operator_.lift(user_id);
}

std::optional<TimePoint> Ledger::barred_by_operator(const std::string& user_id, TimePoint now) {
  const Lock lock(mutex_);
  return bars_of_operator_.until(user_id, now);
}

std::optional<Detour> Ledger::repeat_detour(const SentAway::Asking& asking, TimePoint now) {
  const Lock lock(mutex_);
  return sent_away_.repeat(asking, now);
}

bool Ledger::send_away(const SentAway::Asking& asking, const Detour& detour, int times, TimePoint now) {
  const Lock lock(mutex_);
  return sent_away_.send(asking, detour, times, now);
}

PortCounts Ledger::scarcest_ports() const {
  const Lock lock(mutex_);
  return ports_.scarcest();
}

std::vector<SentTo> Ledger::take_sent() {
  const Lock lock(mutex_);
  return sent_away_.take_sent();
}

Ledger::Counts Ledger::counts(TimePoint now) {
  const Lock lock(mutex_);
  expire_reservations(now);
  return {places_.held(), ports_.reservations().size(), ports_.counts(), places_.held_by_visitors()};
}

// A reservation holds a place beside its port.
void Ledger::expire_reservations(TimePoint now) {
  for (const Reservation& expired : ports_.expire(now)) places_.give_back(expired.user_id);
  note_expiry();
}

void Ledger::note_expiry() {
  const auto& waiting = ports_.reservations();
  next_expiry_.store(waiting.empty() ? TimePoint::max() : waiting.front().until, std::memory_order_relaxed);
}

}  // namespace turnpike::turn
