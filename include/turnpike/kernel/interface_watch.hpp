// The interfaces of this host, and when there are others: programs are attached to them.
#pragma once

#include <vector>

#include "turnpike/kernel/netlink_socket.hpp"
#include "turnpike/kernel/route_messages.hpp"

namespace turnpike::kernel {

class InterfaceWatch {
 public:
  // Of the network namespace of the calling thread. Throws std::system_error.
  InterfaceWatch();

  // Readable when something has changed.
  int fd() const { return events_.fd(); }
  // Reads notifications. True: links() are others now.
  bool on_ready();
  // By index.
  const std::vector<Link>& links() const { return links_; }

 private:
  std::vector<Link> ask();  // the old ones if the kernel does not say

  NetlinkSocket events_, questions_;
  std::vector<Link> links_;
};

}  // namespace turnpike::kernel
