// Whether loopback takes packets that come from an address of this host, as those of relays to local peers
// do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "turnpike/kernel/netlink_socket.hpp"

namespace turnpike::kernel {

inline constexpr std::uint32_t kLoopback = 1;  // the index of loopback in every network namespace

// net.ipv4.conf.lo.accept_local. While it is 0 the kernel drops IPv4 that the program hands to loopback, and
// tells nobody. By netlink, for in a sandbox /proc/sys is read-only, or not there. None: the kernel does not
// say.
std::optional<bool> accepts_local_sources(NetlinkSocket& questions);

// What the setting was is remembered when this is made, so it outlives whoever changes it, if that is a
// child.
class LocalSources {
 public:
  // Of the network namespace of the calling thread. Throws std::system_error, as the others do.
  LocalSources();

  // Empty, or why not in one line. Needs CAP_NET_ADMIN.
  [[nodiscard]] std::string accept();
  // As it was, or as somebody else has set it since.
  void put_back();

 private:
  std::optional<bool> before_;
  bool is_wanted_ = false;
};

}  // namespace turnpike::kernel
