// Finds what the drivers of interfaces can do for XDP, by generic netlink.
#pragma once

#include <cstdint>

#include "turnpike/kernel/netlink_socket.hpp"

namespace turnpike::kernel {

// Asks the kernel's netdev family, each time anew.
class XdpFeatures {
 public:
  // Opens a socket in the network namespace of the calling thread. Throws std::system_error.
  XdpFeatures();

  // Returns true if frames that XDP redirects to the interface leave it; other interfaces lose them silently.
  // Some drivers say so only while a program is attached to their own interface. Returns false before Linux
  // 6.3, which cannot be asked.
  bool takes_frames(std::uint32_t interface);

 private:
  NetlinkSocket questions_;
  std::uint16_t family_ = 0;  // the number that the kernel gave to the protocol; 0: there is none
};

}  // namespace turnpike::kernel
