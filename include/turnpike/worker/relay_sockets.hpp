// The UDP sockets of one worker's relayed transport addresses, and which of them are readable.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/net/ready_ring.hpp"
#include "turnpike/net/udp_socket.hpp"
#include "turnpike/worker/reserved_sockets.hpp"

namespace turnpike::worker {

// Holds the open relay sockets of one worker. Each socket has a number from 0 up; numbers of closed sockets
// are reused.
class RelaySockets {
 public:
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  static constexpr std::size_t kReadyMax = 64;  // sockets that one poll() reports at most

  // A socket that has something to read.
  struct Ready {
    std::uint32_t number;
    bool error;  // its error queue is not empty
  };

  // `gro` applies to all sockets, as in net::UdpOptions. `reserved` must outlive this object. Throws
  // std::system_error.
  RelaySockets(bool gro, ReservedSockets& reserved) : gro_(gro), reserved_(reserved), ring_(kReadyMax) {}

  // Opens the relay socket: takes the one reserved for this port, or else makes a new one. Returns the
  // system's error.
  [[nodiscard]] boost::system::error_code open(const RelayEndpoint& relay);
  // Binds a socket for this port and reserves it (RFC 8656 section 7.2). Returns the system's error.
  [[nodiscard]] boost::system::error_code reserve(const RelayEndpoint& relay);
  // Closes the socket at once. Flush what is queued on it before the call.
  void close(const RelayEndpoint& relay);

  // Returns the number of the open socket, or kNobody if there is none.
  std::uint32_t number_of(const RelayEndpoint& relay) const;
  // Returns nullptr if no open socket has this number.
  const net::UdpSocket* at(std::uint32_t number) const {
    return number < sockets_.size() && sockets_[number] ? &*sockets_[number] : nullptr;
  }
  std::size_t size() const { return by_relay_.size(); }

  // Returns a descriptor that is readable while any of the sockets is.
  int fd() const { return ring_.fd(); }
  // Asks which sockets are ready, unless some of the last poll() have not been taken yet.
  void poll() { ring_.poll(); }
  // Returns the next ready socket of the last poll(), or nullopt. The socket may have been closed meanwhile.
  std::optional<Ready> next_ready();

 private:
  Result<net::UdpSocket> make(const RelayEndpoint& relay) const;

  bool gro_;
  ReservedSockets& reserved_;
  net::ReadyRing ring_;
  boost::unordered_flat_map<RelayEndpoint, std::uint32_t, ByteHash> by_relay_;
  std::vector<std::optional<net::UdpSocket>> sockets_;
  std::vector<std::uint32_t> free_numbers_;
};

}  // namespace turnpike::worker
