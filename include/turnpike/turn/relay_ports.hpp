// The relay ports of all local addresses: leased, resting after use, or reserved for whoever brings a token.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/turn/port_pool.hpp"

namespace turnpike::turn {

using ReservationToken = std::array<std::uint8_t, 8>;

inline constexpr Duration kReservationHold = std::chrono::seconds(32);  // RFC 8656 7.2 asks for at least 30

// A leased port that is kept for whoever brings the token.
struct Reservation {
  ReservationToken token{};
  RelayEndpoint relay;
  std::string user_id;  // whose request made it
  TimePoint until;
  bool operator==(const Reservation&) const = default;
};

struct PortCounts {
  std::size_t total = 0, free = 0, resting = 0, leased = 0;
  bool operator==(const PortCounts&) const = default;
};

// Not thread-safe; what pools() gives may be asked by any thread what is live.
class RelayPorts {
 public:
  RelayPorts(const std::vector<IpAddress>& addresses, PortRange ports, Duration quiet);

  // Ports are leased on these addresses from now on. What is leased on others goes on until it is released;
  // an address that comes back within the quiet time finds its ports as they were.
  void set_addresses(const std::vector<IpAddress>& addresses, TimePoint now);
  // Those of the moment and those with ports that are leased yet.
  std::vector<std::shared_ptr<const PortPool>> pools() const;

  bool has_family(Family family) const;
  // Is this one of the relay addresses?
  bool is_ours(const IpAddress& address) const { return pool(address) != nullptr; }
  // Is this one of the relay addresses with a port that is leased now?
  bool is_live(const RelayEndpoint& relay) const;

  // A port on one of the family's addresses, in random order of addresses. None: all are leased or resting.
  std::optional<RelayEndpoint> lease(Family family, Parity parity, Random& random, TimePoint now);
  // The port rests before it is leased again. An address of nobody's is ignored.
  void release(const RelayEndpoint& relay, TimePoint now);
  // Leases exactly this port, wherever it stands. False if it is leased or none of ours.
  bool claim(const RelayEndpoint& relay);

  ReservationToken reserve(const RelayEndpoint& relay, const std::string& user_id, Random& random,
                           TimePoint now);
  // Ends the reservation: the port stays leased, to the caller. None: no token of ours, or redeemed before.
  std::optional<Reservation> redeem(const ReservationToken& token);
  // Ends those whose time has come, releases their ports and returns them.
  std::vector<Reservation> expire(TimePoint now);
  // Claims the port with it. False if that cannot be had.
  bool claim(const Reservation& reservation);
  const std::deque<Reservation>& reservations() const { return reservations_; }

  PortCounts counts() const;

 private:
  struct Pool {
    std::shared_ptr<PortPool> ports;
    bool is_here = true;  // else no port of it is leased any more

    bool is_for(Family family) const { return is_here && ports->address().family() == family; }
  };

  PortPool* pool(const IpAddress& address) const;

  PortRange range_;
  Duration quiet_;
  std::vector<Pool> pools_;               // one an address
  std::deque<Reservation> reservations_;  // in the order of `until`
};

}  // namespace turnpike::turn
