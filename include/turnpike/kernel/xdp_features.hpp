// What the drivers of interfaces can do for XDP, as the kernel tells it by generic netlink.
#pragma once

#include <cstdint>

#include "turnpike/kernel/netlink_socket.hpp"

namespace turnpike::kernel {

class XdpFeatures {
 public:
  // Of the network namespace of the calling thread. Throws std::system_error.
  XdpFeatures();

  // Whether frames that XDP redirects to the interface leave it: elsewhere they are lost without a word. A
  // driver may say so only once a program is attached to its own interface. Before Linux 6.3 the kernel does
  // not tell: false.
  bool takes_frames(std::uint32_t interface);

 private:
  NetlinkSocket questions_;
  std::uint16_t family_ = 0;  // the number that the kernel gave to the protocol; 0: there is none
};

}  // namespace turnpike::kernel
