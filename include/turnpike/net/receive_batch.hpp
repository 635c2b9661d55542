// Receives many UDP datagrams at a time into one arena, singly or as runs that the kernel has joined
// (UDP_GRO).
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

// The size of a buffer in bytes: more than any UDP payload, so nothing is cut off.
inline constexpr std::size_t kDatagramMax = 65535;
// Datagrams that the kernel joins at most; 64 in most kernel versions.
inline constexpr std::size_t kSegmentsMax = 128;

// A received datagram, whose payload lies in the batch.
struct Datagram {
  Bytes payload;
  Endpoint from;
  IpAddress to;          // the destination, if the socket is bound to a wildcard; otherwise none
  std::uint8_t tos = 0;  // DSCP and ECN, for IPv4 and IPv6 alike
};

// Holds buffers, each for one datagram or one run. Reserves 64 KiB of address space for each buffer, and
// metadata for kSegmentsMax datagrams each; only pages that were written to count as memory.
class ReceiveBatch {
 public:
  // Throws std::bad_alloc.
  explicit ReceiveBatch(std::size_t buffers = 64);
  ~ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // Receives what waits in the socket by one system call, into at most `buffers_max` of the free buffers.
  // Returns an empty span if nothing waits. Datagrams stay valid until reset(), so several sockets can be
  // received into one batch.
  std::span<const Datagram> receive(const UdpSocket& socket, std::size_t buffers_max = SIZE_MAX);

  // Forgets all datagrams and frees all buffers.
  void reset();
  // Returns how many buffers are free.
  std::size_t free_count() const { return slots_.size() - used_; }
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
