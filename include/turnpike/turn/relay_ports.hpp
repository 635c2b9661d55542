// The relay ports of all local addresses: leased, resting after use, or reserved for whoever brings a token.
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

using ReservationToken = std::array<std::uint8_t, 8>;

inline constexpr Duration kReservationHold = std::chrono::seconds(32);  // RFC 8656 7.2 asks for at least 30

// A leased port that is kept for whoever brings the token.
struct Reservation {
  ReservationToken token{};
  RelayEndpoint relay;
  std::string user_id;  // whose request made it
  TimePoint until;
  bool is_left = false;  // the allocation that made it has ended
  bool operator==(const Reservation&) const = default;
};

struct PortCounts {
  std::size_t total = 0, free = 0, resting = 0, leased = 0;
  bool operator==(const PortCounts&) const = default;
};

// Which port is given: of names that stand for a user their own that has rested longest, before a free one,
// so that whoever comes and goes has no more ports than at one time. Of other names a free one while there
// are as many free as rest, so that they leave the others some. All visitors are one user here. Where no free
// one is left: the one that has rested longest, whoever had it. Not thread-safe; what pools() gives may be
// asked by any thread what is live.
class RelayPorts {
 public:
  // `released` is told of every port that is leased no more, before others can have it.
  using Released = std::function<void(const RelayEndpoint& relay)>;
  RelayPorts(const std::vector<IpAddress>& addresses, PortRange ports, Duration quiet,
             Released released = nullptr);

  // Ports are leased on these addresses from now on. What is leased on others goes on until it is released;
  // an address that comes back within the quiet time finds its ports as they were.
  void set_addresses(const std::vector<IpAddress>& addresses, TimePoint now);
  // Ports of this range are leased from now on; what is leased of another one goes on until it is released.
  void set_range(PortRange range, TimePoint now);
  void set_quiet(Duration quiet) { resting_.set_quiet(quiet); }
  // Those of the moment and those with ports that are leased yet.
  std::vector<std::shared_ptr<const PortPool>> pools() const;

  bool has_family(Family family) const;
  // On which ports are leased.
  std::vector<IpAddress> addresses() const;
  // Is this one of the relay addresses?
  bool is_ours(const IpAddress& address) const { return find(address) != nullptr; }
  // Is this one of the relay addresses with a port that is leased now, and not reserved?
  bool is_live(const RelayEndpoint& relay) const;
  // The same, leased by a visitor.
  bool is_visitors(const RelayEndpoint& relay) const;

  // For `pair` the even port of two that are leased, of which the odd one is live when it is redeemed. None:
  // all that would do are leased.
  std::optional<RelayEndpoint> lease(Family family, Parity parity, const Tenant& tenant, Random& random,
                                     TimePoint now);
  // The port rests before others get it. An address of nobody's is ignored.
  void release(const RelayEndpoint& relay, TimePoint now);
  // The same, but the tenant does not get it again either: another program may hold it.
  void set_aside(const RelayEndpoint& relay, TimePoint now);
  // Leases exactly this port, wherever it stands. False if it is leased or none of ours.
  bool claim(const RelayEndpoint& relay, const Tenant& tenant);

  ReservationToken reserve(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                           TimePoint now);
  // Ends the reservation: the port stays leased, to the user who made it. None: no token of that user's,
  // redeemed before, or of an address that has gone.
  std::optional<RelayEndpoint> redeem(const ReservationToken& token, const std::string& user_id);
  // Ends those whose time has come, releases their ports and returns them.
  std::vector<Reservation> expire(TimePoint now);
  // The allocation that made it has ended.
  void leave(const ReservationToken& token);
  // Ends the oldest of those that were left without which there is no such port. None: that would not help.
  std::optional<Reservation> end_left(Family family, Parity parity, TimePoint now);
  // Ends the oldest that this user has left.
  std::optional<Reservation> end_left_by(const std::string& user_id, TimePoint now);
  // Claims the port with it. False if that cannot be had.
  bool claim(const Reservation& reservation);
  const std::deque<Reservation>& reservations() const { return reservations_; }

  PortCounts counts() const;
  // Those of the family of which the greatest share is leased.
  PortCounts scarcest() const;
  // Of a family that has addresses every port is leased.
  bool is_exhausted() const;

 private:
  struct Lease {
    std::string owner;  // empty: of no single user
    bool is_visitors = false;
  };

  struct Pool {
    std::shared_ptr<PortPool> ports;
    bool is_here = true;  // else no port of it is leased any more
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
  // None: an address of nobody's.
  std::optional<Lease> end_lease(const RelayEndpoint& relay);
  template <class Predicate>
  std::optional<Reservation> end_first(Predicate fits, TimePoint now);

  PortRange range_;
  std::vector<Pool> pools_;  // one an address
  RestingPorts resting_;
  Released released_;
  boost::unordered_flat_map<RelayEndpoint, Lease, ByteHash> leases_;
  std::deque<Reservation> reservations_;  // in the order of `until`
};

}  // namespace turnpike::turn
