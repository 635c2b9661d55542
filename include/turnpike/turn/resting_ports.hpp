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

struct PortRange {
  std::uint16_t min = 49152;
  std::uint16_t max = 65535;  // inclusive

  bool contains(std::uint16_t port) const { return port >= min && port <= max; }
  bool operator==(const PortRange&) const = default;
};

// What EVEN-PORT asks for (RFC 8656 7.2): `pair` is an even port whose successor is leased with it.
enum class Parity { any, even, pair };

// The other port of the pair of an even port and its successor.
inline RelayEndpoint partner_of(const RelayEndpoint& relay) {
  return relay.with_port(static_cast<std::uint16_t>(relay.port ^ 1));
}

// Not thread-safe.
class RestingPorts {
 public:
  explicit RestingPorts(Duration quiet) : quiet_(quiet) {}
  // Of those that rest already, too.
  void set_quiet(Duration quiet) { quiet_ = quiet; }

  // `owner`: who had it, and may have it again before its rest is over; empty: nobody.
  void add(const RelayEndpoint& relay, const std::string& owner, TimePoint now);
  // False if it does not rest.
  bool take(const RelayEndpoint& relay);
  // Those that have rested for the quiet time rest no more.
  std::vector<RelayEndpoint> take_rested(TimePoint now);
  // Nor do those outside of the range.
  std::vector<RelayEndpoint> take_outside(const PortRange& range);

  // The one of the owner's, or of all, that has rested longest; of a pair, whose later one has. The owner's
  // pairs are those of which both are theirs; of the others' the partner may also be free. `is_here`: whether
  // its address can be used.
  using IsHere = std::function<bool(const IpAddress&)>;
  using IsFree = std::function<bool(const RelayEndpoint&)>;
  std::optional<RelayEndpoint> longest_of(const std::string& owner, Family family, Parity parity,
                                          const IsHere& is_here) const;
  std::optional<RelayEndpoint> longest(Family family, Parity parity, const IsHere& is_here,
                                       const IsFree& is_free) const;

  bool contains(const RelayEndpoint& relay) const { return rests_.contains(relay); }
  std::size_t size() const { return rests_.size(); }

 private:
  using Order = std::map<std::uint64_t, RelayEndpoint>;  // by the number of the rest: the longest first
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
