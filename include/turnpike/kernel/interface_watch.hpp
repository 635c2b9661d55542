// The interfaces of this host, and when there are others: programs are attached to them.
#pragma once

#include <vector>

#include "turnpike/kernel/netlink_socket.hpp"
#include "turnpike/kernel/route_messages.hpp"

namespace turnpike::kernel {

struct Interface {
  Link link;
  std::vector<IpAddress> addresses;  // sorted

  bool operator==(const Interface&) const = default;
};

class InterfaceWatch {
 public:
  // Of the network namespace of the calling thread. Throws std::system_error.
  InterfaceWatch();

  // Readable when something has changed.
  int fd() const { return events_.fd(); }
  // Reads notifications. True: list() is another one now.
  bool on_ready();
  // By index.
  const std::vector<Interface>& list() const { return list_; }

 private:
  std::vector<Interface> ask();  // the old list if the kernel does not say

  NetlinkSocket events_, questions_;
  std::vector<Interface> list_;
};

}  // namespace turnpike::kernel
