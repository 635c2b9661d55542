// The relay ports of all local addresses: leased, resting after use, or reserved for the client that brings a
// token.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/turn/port_pool.hpp"
#include "turnpike/turn/resting_ports.hpp"
#include "turnpike/turn/tenant.hpp"

namespace turnpike::turn {

// The value of RESERVATION-TOKEN (RFC 8656 18.10).
using ReservationToken = std::array<std::uint8_t, 8>;

// How long a reservation waits for its token; RFC 8656 7.2 asks for at least 30 s.
inline constexpr Duration kReservationHold = std::chrono::seconds(32);

// Holds a leased port that is kept for the client which brings the token.
struct Reservation {
  ReservationToken token{};
  RelayEndpoint relay;
  std::string user_id;  // the user whose Allocate made the reservation
  TimePoint until;
  bool is_left = false;  // the allocation that made the reservation has ended
  bool operator==(const Reservation&) const = default;
};

// Counts ports by state; total is the sum of the other three.
struct PortCounts {
  std::size_t total = 0, free = 0, resting = 0, leased = 0;
  bool operator==(const PortCounts&) const = default;
};

// Leases the ports of all relay addresses. Which port a tenant gets:
//   - A personal user gets the port of their own that has rested longest, else a free one. A user who comes
//     and goes thus uses no more ports than at one time. All visitors count as one user.
//   - A shared name gets a free port while at least as many ports are free as rest, so that others find some.
//   - If there is no such port, the tenant gets the one that has rested longest, whoever had it.
// Not thread-safe, except that any thread may ask the pools of pools() which ports are live.
class RelayPorts {
 public:
  // Called with every port whose lease ended, before others can get the port.
  using Released = std::function<void(const RelayEndpoint& relay)>;
  RelayPorts(const std::vector<IpAddress>& addresses, PortRange ports, Duration quiet,
             Released released = nullptr);

  // Replaces the addresses on which ports are leased. Leases on other addresses go on until they are
  // released. An address that comes back within the quiet time finds its ports unchanged.
  void set_addresses(const std::vector<IpAddress>& addresses, TimePoint now);
  // Replaces the range from which ports are leased. Leases outside of it go on until they are released.
  void set_range(PortRange range, TimePoint now);
  void set_quiet(Duration quiet) { resting_.set_quiet(quiet); }
  // Returns the pools of the current addresses and of old addresses that still have ports in use.
  std::vector<std::shared_ptr<const PortPool>> pools() const;

  bool has_family(Family family) const;
  // Returns the addresses on which ports are leased now.
  std::vector<IpAddress> addresses() const;
  // Returns whether this is a relay address.
  bool is_ours(const IpAddress& address) const { return find(address) != nullptr; }
  // Returns whether the port is leased and not reserved.
  bool is_live(const RelayEndpoint& relay) const;
  // Returns whether a visitor has leased the port.
  bool is_visitors(const RelayEndpoint& relay) const;

  // Leases a port and returns it, or nullopt if every suitable port is leased. For `pair` both ports are
  // leased and the even one is returned; the odd one becomes live when it is redeemed.
  std::optional<RelayEndpoint> lease(Family family, Parity parity, const Tenant& tenant, Random& random,
                                     TimePoint now);
  // Ends the lease, after which the port rests before others get it. Ignores an unknown address.
  // Precondition: a port of a known address is leased.
  void release(const RelayEndpoint& relay, TimePoint now);
  // Ends the lease of a port that another program may hold: the port rests, and its last tenant does not get
  // it sooner than others.
  void set_aside(const RelayEndpoint& relay, TimePoint now);
  // Leases exactly this port. Returns false if it is leased already, or neither free nor resting.
  bool claim(const RelayEndpoint& relay, const Tenant& tenant);

  // Reserves a leased port under a new random token.
  ReservationToken reserve(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                           TimePoint now);
  // Ends a reservation and returns its port, which stays leased to the user. Returns nullopt if the token is
  // unknown, redeemed before or another user's, or if the address is gone.
  std::optional<RelayEndpoint> redeem(const ReservationToken& token, const std::string& user_id);
  // Ends the reservations that are due, releases their ports and returns the reservations.
  std::vector<Reservation> expire(TimePoint now);
  // Marks that the allocation which made the reservation has ended.
  void leave(const ReservationToken& token);
  // Ends the oldest left reservation whose end makes a port of this family and parity available, and returns
  // it. Returns nullopt if no end would help.
  std::optional<Reservation> end_left(Family family, Parity parity, TimePoint now);
  // Ends the oldest left reservation of the user and returns it; nullopt if there is none.
  std::optional<Reservation> end_left_by(const std::string& user_id, TimePoint now);
  // Restores a reservation and leases its port. Returns false if the port cannot be leased.
  bool claim(const Reservation& reservation);
  const std::deque<Reservation>& reservations() const { return reservations_; }

  PortCounts counts() const;
  // Returns the counts of the family with the greatest share of leased ports.
  PortCounts scarcest() const;
  // Returns whether a family that has addresses has no port left to lease.
  bool is_exhausted() const;

 private:
  struct Lease {
    std::string owner;  // the user, "visitors", or empty for a shared name
    bool is_visitors = false;
  };

  struct Pool {
    std::shared_ptr<PortPool> ports;
    bool is_here = true;  // the address is current; ports are leased on current addresses only
    std::size_t leased = 0, resting = 0;

    bool is_for(Family family) const { return is_here && ports->address().family() == family; }
    bool is_in_use() const { return leased + resting > 0; }
  };

  static void add_to(PortCounts& counts, const Pool& pool);

  const Pool* find(const IpAddress& address) const;
  Pool* find(const IpAddress& address);
  bool is_here(const IpAddress& address) const;
  void wake(TimePoint now);
  bool is_free(const RelayEndpoint& relay) const;
  std::optional<RelayEndpoint> choose(Family family, Parity parity, const Tenant& tenant, Random& random);
  std::optional<RelayEndpoint> pick_free(Family family, Parity parity, Random& random) const;
  bool has_as_many_free_as_resting(Family family) const;
  bool has_port(Family family) const;
  void rest(const RelayEndpoint& relay, const std::string& owner, TimePoint now);
  void take(const RelayEndpoint& relay, const Tenant& tenant, bool live);
  // Returns nullopt if the address is unknown.
  std::optional<Lease> end_lease(const RelayEndpoint& relay);
  template <class Predicate>
  std::optional<Reservation> end_first(Predicate fits, TimePoint now);

  PortRange range_;
  std::vector<Pool> pools_;  // one for each address
  RestingPorts resting_;
  Released released_;
  boost::unordered_flat_map<RelayEndpoint, Lease, ByteHash> leases_;
  std::deque<Reservation> reservations_;  // in the order of `until`
};

}  // namespace turnpike::turn
