// Watches the interfaces of this host, to which programs are attached.
#pragma once

#include <vector>

#include "turnpike/kernel/netlink_socket.hpp"
#include "turnpike/kernel/route_messages.hpp"

namespace turnpike::kernel {

// Holds the current list of interfaces.
class InterfaceWatch {
 public:
  // Reads the interfaces of the calling thread's network namespace. Throws std::system_error.
  InterfaceWatch();

  // Returns a descriptor that is readable when something has changed.
  int fd() const { return events_.fd(); }
  // Reads the notifications; returns true if links() has changed.
  bool on_ready();
  // Returns the interfaces in the order of their indices.
  const std::vector<Link>& links() const { return links_; }

 private:
  // Returns the old list if the kernel does not answer.
  std::vector<Link> ask();

  NetlinkSocket events_, questions_;
  std::vector<Link> links_;
};

}  // namespace turnpike::kernel
