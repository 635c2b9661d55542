// The part of an SFU, for a process of its own: one UDP socket that sends back what comes.
#pragma once

#include <vector>

#include "load/datagrams.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::bench {

class Echo {
 public:
  // `batch`: up to kBatch datagrams a system call, as far as they are there; else one, as pion's sockets do.
  // Datagrams longer than kPayloadMax lose their ends. Throws std::system_error.
  Echo(const Endpoint& local, bool batch);
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;

  Endpoint local() const;
  // Waits for datagrams and sends them back, each to where it came from; returns how many came. What the
  // kernel does not take is lost, as an SFU's packets are.
  std::size_t turn();

 private:
  struct Slot {
    std::array<std::uint8_t, kPayloadMax> bytes;
    net::SockAddr from;
    iovec piece;
  };

  std::size_t turn_single();
  std::size_t turn_batch();

  bool batch_;
  net::FileDescriptor fd_;
  std::vector<Slot> slots_;
  std::vector<mmsghdr> headers_;
};

}  // namespace turnpike::bench
