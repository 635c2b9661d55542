// What all workers share, behind one lock: relay ports, places in the quotas, and who is barred.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/turn/bars.hpp"
#include "turnpike/turn/peer_policy.hpp"
#include "turnpike/turn/places.hpp"
#include "turnpike/turn/relay_ports.hpp"

namespace turnpike::turn {

struct LedgerOptions {
  std::vector<IpAddress> addresses;  // local relay addresses
  PortRange ports;
  Duration port_quiet = std::chrono::seconds(30);
  std::uint32_t allocations_per_user_max = 12;  // 0 = no limit
  std::uint32_t allocations_max = 0;            // 0 = as many as ports allow
  std::uint32_t meters_max = 0;                 // users that can be metered at once; 0 = no metering
  std::size_t bars_max = 65536;                 // the one that would end first makes room
};

// Touched only when allocations come and go, never per packet: live_relays() is what packets are judged by.
class Ledger final : public LiveRelays {
 public:
  explicit Ledger(const LedgerOptions& options);

  // Relay ports, as RelayPorts has them.
  void set_addresses(const std::vector<IpAddress>& addresses, TimePoint now);
  bool has_family(Family family) const;
  bool is_live_relay(const PeerEndpoint& peer) const override;
  bool is_relay_address(const IpAddress& address) const override;
  // The same without the lock, for the addresses that there are now: to be asked for again after
  // set_addresses().
  std::shared_ptr<const LiveRelays> live_relays() const;
  std::optional<RelayEndpoint> lease_port(Family family, Parity parity, Random& random, TimePoint now);
  void release_port(const RelayEndpoint& relay, TimePoint now);
  bool claim_port(const RelayEndpoint& relay);

  // Places in the quotas, as Places has them. A dual allocation takes one.
  void set_places(const PlacesOptions& options);
  [[nodiscard]] Quota take_place(const std::string& user_id, TimePoint now);
  void claim_place(const std::string& user_id, TimePoint granted);
  void give_place_back(const std::string& user_id);
  relay::MeterId meter_of(const std::string& user_id) const;
  std::uint32_t held_by(const std::string& user_id) const;
  std::vector<Holder> holders() const;

  // A leased port kept for whoever brings the token. It holds a place in the user's quota, which the caller
  // has taken for it: the expiry gives the place back, redeem_port() moves it to the user who redeems.
  ReservationToken reserve_port(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                                TimePoint now);
  std::optional<RelayEndpoint> redeem_port(const ReservationToken& token, const std::string& user_id,
                                           TimePoint now);
  std::vector<Reservation> reservations(TimePoint now);
  // For a restored server: the port and the place are claimed with it.
  void claim_reservation(const Reservation& reservation);

  // Users who are granted nothing, as Bars has them. What a user has already is for the caller to end after
  // bar(): then nothing slips through.
  void bar(const std::string& user_id, TimePoint until);
  void lift(const std::string& user_id);
  bool is_barred(const std::string& user_id, TimePoint now);

  struct Counts {
    std::size_t places;  // taken: live allocations and held reservations
    std::size_t reservations;
    PortCounts ports;
    bool operator==(const Counts&) const = default;
  };
  Counts counts(TimePoint now);

 private:
  void expire_reservations(TimePoint now);

  mutable std::mutex mutex_;
  RelayPorts ports_;
  Places places_;
  Bars bars_;
};

}  // namespace turnpike::turn
