// Collects UDP datagrams for any number of sockets and sends them with few system calls: datagrams of one
// size and one destination leave as runs (UDP_SEGMENT).
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/parts.hpp"
#include "turnpike/net/segment_limits.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::net {

// The options of one datagram.
struct SendOptions {
  IpAddress from{};      // source address, for sockets bound to a wildcard; none: the kernel chooses
  std::uint8_t tos = 0;  // DSCP and ECN
  // IPv4: sets DF. IPv4 and IPv6: the datagram is dropped if it is larger than the known path MTU.
  bool dont_fragment = false;

  bool operator==(const SendOptions&) const = default;
};

// Queues datagrams until flush(). Payloads are not copied: payloads and sockets must live until then.
// Datagrams from one socket to one destination leave in the order of push(), whatever their options; there is
// no order between destinations.
class SendQueue {
 public:
  // Counts since the queue was made.
  struct Counters {
    std::uint64_t calls = 0;     // system calls
    std::uint64_t messages = 0;  // datagrams and runs that the kernel took
    std::uint64_t sent = 0;      // datagrams
    std::uint64_t dropped = 0;   // datagrams that the kernel refused: full buffer, no route, too large

    bool operator==(const Counters&) const = default;
  };
  // The size of header_space() in bytes.
  static constexpr std::size_t kHeaderMax = 48;

  // Makes a queue of at most `capacity` datagrams, which is 65,536 or less.
  explicit SendQueue(std::size_t capacity = 1024);
  SendQueue(const SendQueue&) = delete;
  SendQueue& operator=(const SendQueue&) = delete;

  // Returns the place where the header of the next datagram may be written; valid until flush(). Flushes
  // first if the queue is full.
  std::span<std::uint8_t, kHeaderMax> header_space();
  // Queues a datagram. Flushes first if the queue is full.
  void push(const UdpSocket& socket, const Parts& parts, const Endpoint& to, const SendOptions& options = {});
  void push(const UdpSocket& socket, Bytes payload, const Endpoint& to, const SendOptions& options = {}) {
    push(socket, Parts{{}, payload, {}}, to, options);
  }
  // Queues a datagram whose bytes the queue owns until flush().
  void push_kept(const UdpSocket& socket, std::vector<std::uint8_t> payload, const Endpoint& to,
                 const SendOptions& options = {});
  // Sends or drops everything that waits, without blocking.
  void flush();

  bool empty() const { return used_ == 0; }
  const Counters& counters() const { return counters_; }

 private:
  struct Slot {
    int fd = -1;
    int family = 0;  // of the socket
    Endpoint to;
    SendOptions options;
    Parts parts;
    std::array<std::uint8_t, kHeaderMax> header;

    bool dont_fragment_v4() const { return options.dont_fragment && to.address.is_v4(); }
  };
  // What the kernel reads besides the payload.
  struct Message {
    SockAddr to;
    std::size_t datagrams;
    std::size_t segment_bytes;
    alignas(cmsghdr) std::array<std::uint8_t, 120> control;
  };
  using Order = std::span<const std::uint64_t>;

  const Slot& slot(std::uint64_t place) const { return slots_[place & 0xFFFF]; }
  std::uint64_t place_of_last() const;
  std::size_t run_length(Order order);
  std::span<mmsghdr> gather(Order order);
  std::size_t send(Order order);
  std::size_t take_sent(std::size_t messages, std::size_t first);

  std::vector<Slot> slots_;
  // Keys of place_of_last(): sorting them groups datagrams by socket and destination and keeps their
  // order within.
  std::vector<std::uint64_t> order_;
  std::vector<Message> messages_;
  std::vector<mmsghdr> headers_;  // of messages_
  std::vector<iovec> pieces_;
  std::deque<std::vector<std::uint8_t>> kept_;  // payloads of some slots
  std::size_t used_ = 0;
  SegmentLimits limits_;
  Counters counters_;
};

}  // namespace turnpike::net
