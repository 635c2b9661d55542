// Receives UDP datagrams many at a time into one arena, be they single ones or runs that the kernel has
// joined (UDP_GRO).
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::net {

inline constexpr std::size_t kDatagramMax = 65535;  // more than any UDP payload: nothing is ever cut off
inline constexpr std::size_t kSegmentsMax =
    128;  // datagrams that the kernel joins at most; in most versions 64

struct Datagram {
  Bytes payload;
  Endpoint from;
  IpAddress to;          // where it was sent, if the socket is bound to a wildcard; otherwise none
  std::uint8_t tos = 0;  // DSCP and ECN, of IPv4 and IPv6 alike
};

// A buffer takes one datagram or one run. Reserves 64 KiB of address space for each, and room for
// kSegmentsMax datagrams; only pages that were written to count as memory.
class ReceiveBatch {
 public:
  // Throws std::bad_alloc.
  explicit ReceiveBatch(std::size_t buffers = 64);
  ~ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // What waits in the socket, at most `buffers_max` and at most free_count() buffers, by one system call;
  // empty if there is nothing. Datagrams and payloads stay valid until reset(), so several sockets can be
  // received into one batch.
  std::span<const Datagram> receive(const UdpSocket& socket, std::size_t buffers_max = SIZE_MAX);

  // Everything received is forgotten and its space used again.
  void reset();
  std::size_t free_count() const { return slots_.size() - used_; }  // buffers
  bool full() const { return free_count() == 0; }

 private:
  // What recvmmsg() writes to besides the payload.
  struct Slot {
    SockAddr from;
    iovec payload;
    alignas(cmsghdr) std::array<std::uint8_t, 128> control;
  };

  std::uint8_t* buffer(std::size_t index) const;
  void prepare(std::size_t index);
  void take(std::size_t index);

  std::uint8_t* arena_;
  std::vector<Datagram> datagrams_;  // never grows beyond its capacity, so spans of it stay valid
  std::vector<Slot> slots_;
  std::vector<mmsghdr> headers_;
  std::size_t used_ = 0;
};

}  // namespace turnpike::net
