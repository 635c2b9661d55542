// Connections from balancers that have not said yet for whom they connect.
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

// A connection that was accepted and is none of ours yet.
struct Arrival {
  net::Accepted accepted;
  Transport transport;
  TimePoint accepted_at;

  FiveTuple ends() const { return {accepted.client, accepted.server, transport, {}}; }
};

// Why a balancer's connection was closed before it was anybody's.
enum class NoHeader : std::uint8_t {
  nothing_sent,  // the balancer closed it before its first byte, as one does that only tries the port
  ended,         // the balancer closed it
  malformed,
  timed_out,
  made_room,  // for a newer one: limits.handshakes
};
inline constexpr std::size_t kNoHeaderKinds = 5;

// As metrics and documentation call it.
std::string_view to_string(NoHeader cause);

class Newcomers {
 public:
  void add(std::uint32_t id, Arrival arrival) { waiting_.emplace(id, Waiting{std::move(arrival), {}}); }
  bool contains(std::uint32_t id) const { return waiting_.contains(id); }
  // Of one that is here: the balancer's own.
  FiveTuple ends(std::uint32_t id) const { return waiting_.find(id)->second.arrival.ends(); }
  // Closes its connection.
  void remove(std::uint32_t id) { waiting_.erase(id); }
  std::size_t size() const { return waiting_.size(); }

  // Reads from one that is here. None: the rest of its header has not arrived. Otherwise it is here no more
  // and has the ends that its header names. Error: there will be no header. What
  // follows the header, TLS or not, stays in the socket.
  Result<std::optional<Arrival>, NoHeader> read(std::uint32_t id);

 private:
  struct Waiting {
    Arrival arrival;
    net::ProxyHeaderReader header;
  };

  boost::unordered_flat_map<std::uint32_t, Waiting> waiting_;
};

}  // namespace turnpike::path
