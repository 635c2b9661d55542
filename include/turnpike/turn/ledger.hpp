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

// Holds the limits of ports, places and bars.
struct LedgerOptions {
  std::vector<IpAddress> addresses;  // relay addresses in local form
  PortRange ports;
  // How long a port rests after use.
  Duration port_quiet = std::chrono::seconds(30);
  // Limits of allocations, reservations included; 0 = no limit. A shared user is a name that stands for no
  // single user.
  std::uint32_t allocations_per_user_max = 12;
  std::uint32_t allocations_per_shared_user_max = 0;
  std::uint32_t allocations_max = 0;  // 0 = as many as there are ports
  std::uint32_t meters_max = 0;       // users metered at once; 0 = no metering
  std::uint32_t visitors_max = 0;     // places of all visitors together; 0 = no visitors
  std::size_t bars_max = 131072;      // users barred at once; one more removes the bar that would end first
  std::size_t sent_away_max = 32768;  // clients remembered at once; one more removes the oldest
  // Called under the ledger's lock with every port whose lease ended. The owner of a socket for the port
  // closes the socket.
  RelayPorts::Released released = nullptr;
};

// Shares ports, places and bars between all workers. Thread-safe by one lock. Used only when allocations come
// and go, never per packet: packets are judged by live_relays().
class Ledger final : public LiveRelays {
 public:
  explicit Ledger(const LedgerOptions& options);

  // Relay ports. Functions without a comment do what their namesakes of RelayPorts do, under the lock.
  void set_addresses(const std::vector<IpAddress>& addresses, TimePoint now);
  void set_ports(PortRange range, Duration quiet, TimePoint now);
  bool has_family(Family family) const;
  // Returns the addresses on which ports are leased now.
  std::vector<IpAddress> relay_addresses() const;
  bool is_live_relay(const PeerEndpoint& peer) const override;
  bool is_visitors_relay(const PeerEndpoint& peer) const override;
  bool is_relay_address(const IpAddress& address) const override;
  // Returns the look-ups of LiveRelays without the lock, for the addresses of this moment. Must be fetched
  // again after set_addresses().
  std::shared_ptr<const LiveRelays> live_relays() const;
  // Leases a port, or returns nullopt if every suitable port is leased. Ends a left reservation if only that
  // makes a port available.
  std::optional<RelayEndpoint> lease_port(Family family, Parity parity, const Tenant& tenant, Random& random,
                                          TimePoint now);
  // Ends a lease; the port rests before others get it.
  void release_port(const RelayEndpoint& relay, TimePoint now);
  // Ends the lease of a port that another program may hold, so that the tenant does not get it again soon.
  void set_port_aside(const RelayEndpoint& relay, TimePoint now);
  // Leases exactly this port, for a restored allocation. Returns false if that is not possible.
  bool claim_port(const RelayEndpoint& relay, const Tenant& tenant);
  // Returns whether a family that has addresses has no port left to lease.
  bool is_exhausted(TimePoint now);
  PortCounts scarcest_ports() const;
  // Returns true when all ports of a family have become leased, once for each such time and at most every ten
  // seconds: for the log.
  bool is_newly_exhausted(TimePoint now);

  // Places in the quotas. Functions without a comment do what their namesakes of Places do, under the lock. A
  // dual allocation takes one place.
  void set_places(const PlacesOptions& options);
  // Takes `count` places if all are within the limits, else none. Counts places on other servers too.
  // Reservations that the user's ended allocations left behind are given up first.
  [[nodiscard]] Quota take_places(const Tenant& tenant, std::uint32_t count, TimePoint now);
  // Returns how many places the tenant must give back before `count` more fit in; 0 if they fit, or if
  // `count` alone exceeds the limit.
  std::uint32_t places_lacking(const Tenant& tenant, std::uint32_t count) const;
  bool is_full(const Tenant& tenant, std::uint32_t count) const;
  // Adds a place that was granted before, for a restored allocation.
  void claim_place(const Tenant& tenant, TimePoint granted);
  void give_place_back(const std::string& user_id);
  relay::MeterId meter_of(const std::string& user_id) const;
  std::size_t unmetered() const;
  std::uint32_t held_by(const std::string& user_id) const;
  std::vector<Holder> holders() const;
  // Counts what users hold on other servers within their limits. Must be called before other threads start;
  // `elsewhere` must outlive them.
  void count_elsewhere(const HeldElsewhere& elsewhere) { elsewhere_ = &elsewhere; }
  // Starts or stops noting changes of holdings, which are told to other servers.
  void watch_holdings(bool are_watched);
  // Returns the changes since the last call, and all holdings at the first call.
  HoldingChanges take_holding_changes();

  // Keeps a leased port for the client that brings the returned token. Precondition: the caller has taken a
  // place for the reservation. Expiry gives the place back; redeem_port() moves it to the allocation.
  ReservationToken reserve_port(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                                TimePoint now);
  // Marks that the allocation which made the reservation has ended. The reservation is then given up if a
  // port or place is short.
  void leave_reservation(const ReservationToken& token);
  // Returns the reserved port, or nullopt if the token is unknown, expired or another user's.
  std::optional<RelayEndpoint> redeem_port(const ReservationToken& token, const std::string& user_id,
                                           TimePoint now);
  std::vector<Reservation> reservations(TimePoint now);
  // Returns a time that is not after the next expiry of a reservation, or nullopt if there is no reservation.
  // Does not take the lock.
  std::optional<TimePoint> next_expiry() const;
  // Ends the reservations that are due. Every other call that takes a time does so as well.
  void expire(TimePoint now);
  // Restores a reservation of an earlier process, with its port and place. Does nothing if the port cannot be
  // leased.
  void claim_reservation(const Reservation& reservation);

  // Bars. To revoke a user, call bar() first and end the user's allocations afterwards, so that none is
  // granted in between.
  void bar(const std::string& user_id, TimePoint until);
  void lift(const std::string& user_id);
  bool is_barred(const std::string& user_id, TimePoint now);
  // Bars a user by the operator's word, which lift() does not undo.
  void bar_by_operator(const std::string& user_id, TimePoint until);
  void lift_by_operator(const std::string& user_id);
  // Returns when the operator's bar of the user ends, or nullopt if there is none.
  std::optional<TimePoint> barred_by_operator(const std::string& user_id, TimePoint now);

  // Clients sent to other servers. The functions do what their namesakes of SentAway do, under the lock.
  std::optional<Detour> repeat_detour(const SentAway::Asking& asking, TimePoint now);
  bool send_away(const SentAway::Asking& asking, const Detour& detour, int times, TimePoint now);
  std::vector<SentTo> take_sent();

  struct Counts {
    std::size_t places;  // places taken: live allocations and held reservations
    std::size_t reservations;
    PortCounts ports;
    std::size_t places_of_visitors = 0;  // the part of `places` that visitors hold
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
