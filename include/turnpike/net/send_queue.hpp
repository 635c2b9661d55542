// Collects UDP datagrams for any number of sockets and sends them with few system calls.
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

struct SendOptions {
  IpAddress from{};            // source address, for sockets bound to a wildcard; none: the kernel chooses
  std::uint8_t tos = 0;        // DSCP and ECN
  bool dont_fragment = false;  // IPv4: sets DF. Either family: dropped if larger than the path is known to take
};

// Nothing is copied: payloads and sockets must live until flush(). Datagrams of one socket leave in the order of push().
class SendQueue {
 public:
  struct Counters {
    std::uint64_t calls = 0;  // system calls
    std::uint64_t sent = 0;
    std::uint64_t dropped = 0;  // the kernel refused: no buffer space, no route, too large
  };

  explicit SendQueue(std::size_t capacity = 256);
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;

  // Flushes first if `capacity` datagrams are waiting.
  void push(const UdpSocket& socket, Bytes payload, const Endpoint& to, const SendOptions& options = {});
  // Sends or drops everything that waits; never blocks.
  void flush();

  bool empty() const { return used_ == 0; }
  const Counters& counters() const { return counters_; }

 private:
  struct Slot {
    int fd;
    bool dont_fragment_v4;
    SockAddr to;
    iovec payload;
    std::size_t control_size;
    alignas(cmsghdr) std::array<std::uint8_t, 96> control;
  };

  void gather();
  void send_run(std::span<mmsghdr> run, int fd);

  std::vector<Slot> slots_;
  std::vector<std::uint64_t> order_;  // descriptor << 32 | slot: sorts by socket and keeps the order within it
  std::vector<mmsghdr> headers_;
  std::size_t used_ = 0;
  Counters counters_;
};

}  // namespace turnpike::net
