// The sockets of reserved relay ports (RFC 8656 section 7.2): bound but not read, until a worker takes one
// for the allocation that brings the reservation token.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <mutex>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::worker {

// Holds the reserved sockets of all workers. Thread-safe: the workers that reserve, redeem and expire a
// reservation may be three different ones.
class ReservedSockets {
 public:
  // Stores the socket of a reserved port.
  void keep(const RelayEndpoint& relay, net::UdpSocket socket);
  // Removes and returns the socket of this port; nullopt if none is reserved.
  std::optional<net::UdpSocket> take(const RelayEndpoint& relay);
  void close(const RelayEndpoint& relay) { take(relay); }
  std::size_t size();

 private:
  std::mutex mutex_;
  boost::unordered_flat_map<RelayEndpoint, net::UdpSocket, ByteHash> sockets_;
};

}  // namespace turnpike::worker
