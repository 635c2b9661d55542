// The UDP sockets behind relayed transport addresses, of one worker.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/net/udp_socket.hpp"
#include "turnpike/turn/server.hpp"

namespace turnpike::app {

// Slots are numbered from 0 and reused; a number names a socket in the poller's tokens.
class RelaySockets {
 public:
  struct Opened {
    turn::OpenOutcome outcome;
    std::uint32_t slot = 0;
  };
  Opened open(const Endpoint& relay);
  // The descriptor is closed at once: nothing may be queued on it.
  void close(const Endpoint& relay);

  // Null if there is none (any more).
  const net::UdpSocket* find(const Endpoint& relay) const;
  const net::UdpSocket* at(std::uint32_t slot) const;
  std::size_t size() const { return by_relay_.size(); }

 private:
  boost::unordered_flat_map<Endpoint, std::uint32_t, ByteHash> by_relay_;
  std::vector<std::optional<net::UdpSocket>> slots_;
  std::vector<std::uint32_t> free_slots_;
};

}  // namespace turnpike::app
