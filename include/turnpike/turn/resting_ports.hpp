// Relay ports that rest after use, of all addresses, in the order in which they were given back.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::turn {

// Holds a range of ports; both ends are inclusive.
struct PortRange {
  std::uint16_t min = 49152;  // the default is the dynamic range (RFC 6335 6)
  std::uint16_t max = 65535;

  bool contains(std::uint16_t port) const { return port >= min && port <= max; }
  bool operator==(const PortRange&) const = default;
};

// Says what EVEN-PORT asks for (RFC 8656 7.2): `pair` is an even port whose successor is leased with it.
enum class Parity { any, even, pair };

// Returns the other port of a pair, which is an even port and its successor.
inline RelayEndpoint partner_of(const RelayEndpoint& relay) {
  return relay.with_port(static_cast<std::uint16_t>(relay.port ^ 1));
}

// Holds the ports that rest, by address family and by last owner. Not thread-safe.
class RestingPorts {
 public:
  explicit RestingPorts(Duration quiet) : quiet_(quiet) {}
  // Sets the quiet time, also of ports that rest already.
  void set_quiet(Duration quiet) { quiet_ = quiet; }

  // Adds a port that begins its rest. `owner`: the user who had the port and may have it again before its
  // rest is over; empty: nobody.
  void add(const RelayEndpoint& relay, const std::string& owner, TimePoint now);
  // Removes a port. Returns false if it does not rest.
  bool take(const RelayEndpoint& relay);
  // Removes and returns the ports that have rested for the quiet time.
  std::vector<RelayEndpoint> take_rested(TimePoint now);
  // Removes and returns the ports outside of the range.
  std::vector<RelayEndpoint> take_outside(const PortRange& range);

  // IsHere returns whether ports are leased on the address, IsFree whether the port is free.
  using IsHere = std::function<bool(const IpAddress&)>;
  using IsFree = std::function<bool(const RelayEndpoint&)>;
  // Returns the owner's port that has rested longest, or nullopt. For `pair` the owner must have had both
  // ports: returns the even one of the pair whose even port has rested longest.
  std::optional<RelayEndpoint> longest_of(const std::string& owner, Family family, Parity parity,
                                          const IsHere& is_here) const;
  // Returns the port of all owners that has rested longest, or nullopt. For `pair` one of the ports may also
  // be free: returns the even one of the pair whose later port has rested longest.
  std::optional<RelayEndpoint> longest(Family family, Parity parity, const IsHere& is_here,
                                       const IsFree& is_free) const;

  bool contains(const RelayEndpoint& relay) const { return rests_.contains(relay); }
  std::size_t size() const { return rests_.size(); }

 private:
  using Order = std::map<std::uint64_t, RelayEndpoint>;  // by Rest::number, so the longest rest comes first
  struct Rest {
    std::uint64_t number;
    TimePoint since;
    std::string owner;
  };
  static std::size_t index(Family family) { return family == Family::ipv4 ? 0 : 1; }
  bool is_pair_of(const std::string& owner, const RelayEndpoint& even) const;
  std::optional<RelayEndpoint> longest_pair(Family family, const IsHere& is_here,
                                            const IsFree& is_free) const;

  Duration quiet_;
  std::uint64_t next_number_ = 0;
  boost::unordered_flat_map<RelayEndpoint, Rest, ByteHash> rests_;
  std::array<Order, 2> all_, even_;  // by family
  std::unordered_map<std::string, Order> by_owner_;
};

}  // namespace turnpike::turn
