// What all workers share, behind one lock: relay ports, places in the quotas, who is barred, and who was sent
// away lately.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/turn/bars.hpp"
#include "turnpike/turn/held_elsewhere.hpp"
#include "turnpike/turn/peer_policy.hpp"
#include "turnpike/turn/places.hpp"
#include "turnpike/turn/relay_ports.hpp"
#include "turnpike/turn/sent_away.hpp"

namespace turnpike::turn {

struct LedgerOptions {
  std::vector<IpAddress> addresses;  // local relay addresses
  PortRange ports;
  Duration port_quiet = std::chrono::seconds(30);
  std::uint32_t allocations_per_user_max = 12;        // 0 = no limit, as the next
  std::uint32_t allocations_per_shared_user_max = 0;  // of names that stand for no single user
  std::uint32_t allocations_max = 0;                  // 0 = as many as ports allow
  std::uint32_t meters_max = 0;                       // users that can be metered at once; 0 = no metering
  std::uint32_t visitors_max = 0;                     // places of all visitors together; 0 = none
  std::size_t bars_max = 131072;                      // the one that would end first makes room
  std::size_t sent_away_max = 32768;                  // clients at once; the first one is forgotten
  // Told of every port that is leased no more, under the lock: whoever keeps a socket for it closes it.
  RelayPorts::Released released = nullptr;
};

// Touched only when allocations come and go, never per packet: live_relays() is what packets are judged by.
class Ledger final : public LiveRelays {
 public:
  explicit Ledger(const LedgerOptions& options);

  // Relay ports, as RelayPorts has them.
  void set_addresses(const std::vector<IpAddress>& addresses, TimePoint now);
  void set_ports(PortRange range, Duration quiet, TimePoint now);
  bool has_family(Family family) const;
  // On which ports are leased now.
  std::vector<IpAddress> relay_addresses() const;
  bool is_live_relay(const PeerEndpoint& peer) const override;
  bool is_visitors_relay(const PeerEndpoint& peer) const override;
  bool is_relay_address(const IpAddress& address) const override;
  // The same without the lock, for the addresses that there are now: to be asked for again after
  // set_addresses().
  std::shared_ptr<const LiveRelays> live_relays() const;
  std::optional<RelayEndpoint> lease_port(Family family, Parity parity, const Tenant& tenant, Random& random,
                                          TimePoint now);
  void release_port(const RelayEndpoint& relay, TimePoint now);
  void set_port_aside(const RelayEndpoint& relay, TimePoint now);
  bool claim_port(const RelayEndpoint& relay, const Tenant& tenant);
  bool is_exhausted(TimePoint now);
  PortCounts scarcest_ports() const;
  // Once for each time that all ports of a family are leased, and once in ten seconds: for the log.
  bool is_newly_exhausted(TimePoint now);

  // Places in the quotas, as Places has them. A dual allocation takes one.
  void set_places(const PlacesOptions& options);
  [[nodiscard]] Quota take_places(const Tenant& tenant, std::uint32_t count, TimePoint now);
  std::uint32_t places_lacking(const Tenant& tenant, std::uint32_t count) const;
  bool is_full(const Tenant& tenant, std::uint32_t count) const;
  void claim_place(const Tenant& tenant, TimePoint granted);
  void give_place_back(const std::string& user_id);
  relay::MeterId meter_of(const std::string& user_id) const;
  std::size_t unmetered() const;
  std::uint32_t held_by(const std::string& user_id) const;
  std::vector<Holder> holders() const;
  // What users hold on other servers counts within their limits, too. To be called before there are other
  // threads; it outlives them.
  void count_elsewhere(const HeldElsewhere& elsewhere) { elsewhere_ = &elsewhere; }
  // For whoever tells other servers: what has changed since it was taken before, all of it the first time.
  void watch_holdings(bool are_watched);
  HoldingChanges take_holding_changes();

  // A leased port kept for whoever brings the token. It holds a place in the user's quota, which the caller
  // has taken for it: the expiry gives the place back, redeem_port() moves it to the allocation.
  ReservationToken reserve_port(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                                TimePoint now);
  // The allocation that made it has ended: it makes room where there is no other port or place.
  void leave_reservation(const ReservationToken& token);
  std::optional<RelayEndpoint> redeem_port(const ReservationToken& token, const std::string& user_id,
                                           TimePoint now);
  std::vector<Reservation> reservations(TimePoint now);
  // When expire() has something to end, or earlier; none: there is no reservation. Any thread, without the
  // lock.
  std::optional<TimePoint> next_expiry() const;
  // Ends the reservations whose time has come, as every other call that takes a time does.
  void expire(TimePoint now);
  // For a restored server: the port and the place are claimed with it.
  void claim_reservation(const Reservation& reservation);

  // Users who are granted nothing, as Bars has them. What a user has already is for the caller to end after
  // bar(): then nothing slips through.
  void bar(const std::string& user_id, TimePoint until);
  void lift(const std::string& user_id);
  bool is_barred(const std::string& user_id, TimePoint now);
  // The same by the operator's word, which no lift() takes back.
  void bar_by_operator(const std::string& user_id, TimePoint until);
  void lift_by_operator(const std::string& user_id);
  // Until when, if it is by the operator's word.
  std::optional<TimePoint> barred_by_operator(const std::string& user_id, TimePoint now);

  // Who is sent to another server, as SentAway has it.
  std::optional<Detour> repeat_detour(const SentAway::Asking& asking, TimePoint now);
  bool send_away(const SentAway::Asking& asking, const Detour& detour, int times, TimePoint now);
  std::vector<SentTo> take_sent();

  struct Counts {
    std::size_t places;  // taken: live allocations and held reservations
    std::size_t reservations;
    PortCounts ports;
    std::size_t places_of_visitors = 0;  // of the places
    bool operator==(const Counts&) const = default;
  };
  Counts counts(TimePoint now);

 private:
  std::uint32_t held_elsewhere(const Tenant& tenant) const;
  void expire_reservations(TimePoint now);
  void note_expiry();
  bool end_left_reservation(Family family, Parity parity, TimePoint now);

  const HeldElsewhere* elsewhere_ = nullptr;
  mutable std::mutex mutex_;
  RelayPorts ports_;
  Places places_;
  Bars bars_;
  Bars bars_of_operator_;
  SentAway sent_away_;
  std::atomic<TimePoint> next_expiry_ = TimePoint::max();
  bool was_exhausted_ = false;  // and no port was released since that was told
  TimePoint quiet_until_;
};

}  // namespace turnpike::turn
