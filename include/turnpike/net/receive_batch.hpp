// Receives UDP datagrams many at a time into one arena, with free space around each payload to write headers in place.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::net {

inline constexpr std::size_t kHeadroom = 64;        // writable bytes in front of each payload
inline constexpr std::size_t kTailroom = 8;         // and behind it
inline constexpr std::size_t kDatagramMax = 65535;  // more than any UDP payload: nothing is ever cut off

struct Datagram {
  MutableBytes payload;  // kHeadroom in front and kTailroom behind belong to it
  Endpoint from;
  IpAddress to;          // where it was sent, if the socket is bound to a wildcard; otherwise none
  std::uint8_t tos = 0;  // DSCP and ECN, of IPv4 and IPv6 alike
};

// Reserves capacity * 64 KiB of address space; only pages that were written to count as memory.
class ReceiveBatch {
 public:
  // Throws std::bad_alloc.
  explicit ReceiveBatch(std::size_t capacity = 64);
  ~ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // What waits in the socket, at most `max` and at most free_count(), by one system call; empty if there is nothing. Datagrams and
  // payloads stay valid until reset(), so several sockets can be received into one batch.
  std::span<Datagram> receive(const UdpSocket& socket, std::size_t max = SIZE_MAX);

  // Everything received is forgotten and its space used again.
  void reset() { used_ = 0; }
  std::size_t used() const { return used_; }
  std::size_t free_count() const { return datagrams_.size() - used_; }
  bool full() const { return free_count() == 0; }

 private:
  // What recvmmsg() writes to besides the payload.
  struct Slot {
    SockAddr from;
    iovec payload;
    alignas(cmsghdr) std::array<std::uint8_t, 128> control;
  };

  std::uint8_t* payload_at(std::size_t index) const;
  void prepare(std::size_t index);
  void take(std::size_t index);

  std::uint8_t* arena_;
  std::vector<Datagram> datagrams_;
  std::vector<Slot> slots_;
  std::vector<mmsghdr> headers_;
  std::size_t used_ = 0;
};

}  // namespace turnpike::net
