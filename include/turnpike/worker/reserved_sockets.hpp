// The sockets of relay ports that are reserved (RFC 8656 7.2): bound and not read, until a worker takes one
// for the allocation that brings the token.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <mutex>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::worker {

// Thread-safe: who reserves, who redeems and who notices that nobody did may be three workers.
class ReservedSockets {
 public:
  void keep(const RelayEndpoint& relay, net::UdpSocket socket);
  // None: there is none for this port.
  std::optional<net::UdpSocket> take(const RelayEndpoint& relay);
  void close(const RelayEndpoint& relay) { take(relay); }
  std::size_t size();

 private:
  std::mutex mutex_;
  boost::unordered_flat_map<RelayEndpoint, net::UdpSocket, ByteHash> sockets_;
};

}  // namespace turnpike::worker
