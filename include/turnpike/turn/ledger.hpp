// What all workers share, behind one lock: relay ports, reservations, how much each user holds, and who is
// barred.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/turn/peer_policy.hpp"
#include "turnpike/turn/port_pool.hpp"

namespace turnpike::turn {

using ReservationToken = std::array<std::uint8_t, 8>;

struct LedgerOptions {
  std::vector<IpAddress> addresses;  // local relay addresses
  PortRange ports;
  Duration port_quiet = std::chrono::seconds(30);
  std::uint32_t allocations_per_user_max = 12;  // 0 = no limit
  std::uint32_t allocations_max = 0;            // 0 = as many as ports allow
  std::uint32_t meters_max = 0;                 // users that can be metered at once; 0 = no metering
  std::size_t bars_max = 65536;                 // the one that would end first makes room
};

// Touched only when allocations come and go, never per packet (is_live_relay() excepted, which takes no
// lock).
class Ledger final : public LiveRelays {
 public:
  explicit Ledger(const LedgerOptions& options);

  bool has_family(Family family) const;

  // A port on one of the family's addresses, in random order of addresses. None: all are leased or resting.
  std::optional<Endpoint> lease_port(Family family, Parity parity, Random& random, TimePoint now);
  void release_port(const Endpoint& relay, TimePoint now);
  bool claim_port(const Endpoint& relay);

  // Is this a relayed transport address of ours that is leased now? Any thread, no lock.
  bool is_live_relay(const Endpoint& endpoint) const override;
  bool is_relay_address(const IpAddress& address) const override;

  // A place in the user's quota (TURN-ALLOC-21); a dual allocation takes one. False: 486.
  enum class Quota { granted, user_full, server_full };
  Quota acquire(const std::string& user_id, TimePoint now);
  void release(const std::string& user_id);
  // For restore(): takes a place, granted then, whatever the limits say.
  void claim(const std::string& user_id, TimePoint granted);
  // The byte budget of a user who holds a place; 0 where metering is off.
  relay::MeterId meter_of(const std::string& user_id) const;

  // A leased port kept for whoever brings the token, for 32 s (RFC 8656 7.2 asks for at least 30). It holds a
  // place in the user's quota, which the caller has acquired for it: the expiry gives the place back,
  // redeem() hands it to the redeeming user.
  ReservationToken reserve(const Endpoint& relay, const std::string& user_id, Random& random, TimePoint now);
  std::optional<Endpoint> redeem(const ReservationToken& token, const std::string& user_id, TimePoint now);

  // Until then the user is granted no allocation; the latest word counts. What the user has already is for
  // the caller to end, afterwards: then none slips through.
  void bar(const std::string& user_id, TimePoint until);
  void lift(const std::string& user_id);
  bool is_barred(const std::string& user_id, TimePoint now);

  struct Counts {
    std::size_t allocations;  // places taken: live allocations and held reservations
    std::size_t reservations;
    std::size_t ports_total, ports_free, ports_resting, ports_leased;
    bool operator==(const Counts&) const = default;
  };
  Counts counts(TimePoint now);
  std::uint32_t held_by(const std::string& user_id) const;

  // A user who holds a place, and when the latest one was granted.
  struct Holder {
    std::string user_id;
    TimePoint granted;
    bool operator==(const Holder&) const = default;
  };
  std::vector<Holder> holders() const;  // in no order

  struct Reservation {
    ReservationToken token;
    Endpoint relay;
    std::string user_id;
    TimePoint until;
    bool operator==(const Reservation&) const = default;
  };
  std::vector<Reservation> reservations(TimePoint now);
  // For restore(): the port and the place are claimed with it.
  void claim_reservation(const Reservation& reservation);

 private:
  struct Account {
    std::uint32_t held = 0;
    relay::MeterId meter = 0;
    TimePoint granted;  // the latest
  };

  PortPool* pool(const IpAddress& address) const;
  void expire_reservations(TimePoint now);
  void lift_locked(const std::string& user_id);
  void take_place(const std::string& user_id, TimePoint granted);
  void give_place_back(const std::string& user_id);

  LedgerOptions options_;
  std::vector<std::unique_ptr<PortPool>> pools_;  // fixed after construction
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Account> accounts_;
  std::deque<Reservation> reservations_;  // in the order of `until`
  std::unordered_map<std::string, TimePoint> barred_until_;
  std::set<std::pair<TimePoint, std::string>> bars_by_end_;
  std::vector<relay::MeterId> free_meters_;
  std::size_t held_total_ = 0;
};

}  // namespace turnpike::turn
