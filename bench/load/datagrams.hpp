// Test packets over UDP: sent and received many at a time (UDP_SEGMENT, UDP_GRO), received with the kernel's
// time stamp.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "load/stamp.hpp"
#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::bench {

// Non-blocking, with large buffers and receive stamps; equal packets of one sender may arrive joined. Throws
// std::system_error.
net::FileDescriptor open_udp(const Endpoint& local);
// These throw std::system_error.
void connect_socket(int fd, const Endpoint& to);
void bind_socket(int fd, const Endpoint& local);
// 4 MiB each way, or as much as the system grants.
void enlarge_buffers(int fd);

inline constexpr std::size_t kBatch = 64;
inline constexpr std::size_t kPrefixMax =
    64;  // what stands in front of a payload: ChannelData's header or that of a Send indication

// Datagrams of one socket at a time: to begin with another flushes.
class SendBatch {
 public:
  // `segment`: equal packets to one destination leave as one (UDP_SEGMENT).
  explicit SendBatch(bool segment);
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  // `to` is null for a connected socket. Both live until flush().
  void push(int fd, Bytes bytes, const net::SockAddr* to);
  // A payload of `size` bytes with its stamp, behind `prefix`.
  void push_stamped(int fd, Bytes prefix, const Stamp& stamp, std::size_t size, const net::SockAddr* to);
  void flush();

  // Datagrams that the kernel did not take.
  std::uint64_t refused() const { return refused_; }

 private:
  struct Slot {
    std::array<std::uint8_t, kPrefixMax + kPayloadMax> bytes;
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(std::uint16_t))> control;
  };

  std::size_t gather();

  bool segment_;
  int fd_ = -1;
  std::size_t used_ = 0;
  std::uint64_t refused_ = 0;
  std::vector<Slot> slots_;
  std::array<iovec, kBatch> pieces_{};
  std::array<const net::SockAddr*, kBatch> to_{};
  std::array<mmsghdr, kBatch> headers_{};
};

struct Arrived {
  Bytes bytes;
  const net::SockAddr* from;
  std::int64_t at_ns;  // CLOCK_REALTIME, of the kernel
};

class ReceiveBuffers {
 public:
  ReceiveBuffers();
  ReceiveBuffers(const ReceiveBuffers&) = delete;
  ReceiveBuffers& operator=(const ReceiveBuffers&) = delete;

  // What one system call takes from the socket, joined packets taken apart again; valid until the next call.
  std::span<const Arrived> receive(int fd);

 private:
  static constexpr std::size_t kMessages = 32;

  struct Slot {
    std::array<std::uint8_t, 65'535> bytes;
    net::SockAddr from;
    iovec piece;
    alignas(cmsghdr) std::array<std::uint8_t, 64> control;
  };

  void take(std::size_t index);

  std::vector<Slot> slots_;
  std::array<mmsghdr, kMessages> headers_{};
  std::vector<Arrived> arrived_;
};

}  // namespace turnpike::bench
