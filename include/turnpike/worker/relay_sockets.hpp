// The UDP sockets behind relayed transport addresses, of one worker, and which of them have something to
// read.
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

// Each has a number from 0, which is reused.
class RelaySockets {
 public:
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  static constexpr std::size_t kReadyMax = 64;  // reported by one poll()

  struct Ready {
    std::uint32_t number;
    bool error;  // something is in the error queue
  };

  // `gro`: of the sockets, as in net::UdpOptions. `reserved` must outlive this. Throws std::system_error.
  RelaySockets(bool gro, ReservedSockets& reserved) : gro_(gro), reserved_(reserved), ring_(kReadyMax) {}

  // The socket that is kept for this port, or a new one. Returns what the system has against it.
  [[nodiscard]] boost::system::error_code open(const RelayEndpoint& relay);
  // Has one kept for this port.
  [[nodiscard]] boost::system::error_code reserve(const RelayEndpoint& relay);
  // The descriptor is closed at once: nothing may be queued on it.
  void close(const RelayEndpoint& relay);

  // kNobody if there is none (any more).
  std::uint32_t number_of(const RelayEndpoint& relay) const;
  // Null for numbers of nobody.
  const net::UdpSocket* at(std::uint32_t number) const {
    return number < sockets_.size() && sockets_[number] ? &*sockets_[number] : nullptr;
  }
  std::size_t size() const { return by_relay_.size(); }

  // Readable while any of the sockets is.
  int fd() const { return ring_.fd(); }
  // See ReadyRing.
  void poll() { ring_.poll(); }
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
