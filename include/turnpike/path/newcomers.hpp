// Connections from balancers whose PROXY header has not arrived yet.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/listener.hpp"
#include "turnpike/net/proxy_protocol.hpp"

namespace turnpike::path {

// A connection that was accepted but not admitted yet.
struct Arrival {
  net::Accepted accepted;
  Transport transport;
  TimePoint accepted_at;

  // Returns the five-tuple of the accepted socket.
  FiveTuple ends() const { return {accepted.client, accepted.server, transport, {}}; }
};

// Why a balancer's connection was closed before its PROXY header was complete.
enum class NoHeader : std::uint8_t {
  nothing_sent,  // the balancer closed it without a byte, as a health check does
  ended,         // the balancer closed it after some bytes
  malformed,
  timed_out,
  made_room,  // closed for a newer one: limits.handshakes
};
inline constexpr std::size_t kNoHeaderKinds = 5;

// Returns the name of the cause in metrics and documentation.
std::string_view to_string(NoHeader cause);

// Holds the connections that wait for a PROXY header. An `id` below must be in the set unless stated
// otherwise.
class Newcomers {
 public:
  // Adds a connection under an id that is not in the set.
  void add(std::uint32_t id, Arrival arrival) { waiting_.emplace(id, Waiting{std::move(arrival), {}}); }
  // Returns whether the id, which may be unknown, is in the set.
  bool contains(std::uint32_t id) const { return waiting_.contains(id); }
  // Returns the balancer's own five-tuple.
  FiveTuple ends(std::uint32_t id) const { return waiting_.find(id)->second.arrival.ends(); }
  // Closes and removes a connection; does nothing for an unknown id.
  void remove(std::uint32_t id) { waiting_.erase(id); }
  std::size_t size() const { return waiting_.size(); }

  // Reads the PROXY header. Returns nullopt if the rest has not arrived yet; the connection with the
  // addresses that the header names once it is complete, no longer in the set; or why no header will come.
  // Bytes after the header stay in the socket.
  Result<std::optional<Arrival>, NoHeader> read(std::uint32_t id);

 private:
  struct Waiting {
    Arrival arrival;
    net::ProxyHeaderReader header;
  };

  boost::unordered_flat_map<std::uint32_t, Waiting> waiting_;
};

}  // namespace turnpike::path
