// Lets loopback accept packets whose source is an address of this host, as those from relays to local peers
// are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "turnpike/kernel/netlink_socket.hpp"

namespace turnpike::kernel {

// The index of loopback in every network namespace.
inline constexpr std::uint32_t kLoopback = 1;

// Returns net.ipv4.conf.lo.accept_local; none if the kernel does not answer. While the setting is 0 the
// kernel silently drops IPv4 packets that the program hands to loopback. Asks by netlink, because a sandbox
// may have /proc/sys read-only or not at all.
std::optional<bool> accepts_local_sources(NetlinkSocket& questions);

// Changes the setting and restores it. Keep the object in the process that outlives the one that asks for the
// change.
class LocalSources {
 public:
  // Remembers the setting of the calling thread's network namespace. All functions throw std::system_error if
  // no netlink socket can be opened.
  LocalSources();

  // Sets accept_local to 1. Returns an empty string, or one line that says why it failed. Needs
  // CAP_NET_ADMIN.
  [[nodiscard]] std::string accept();
  // Restores 0 if that was the value before accept(), or the value that somebody else has set since.
  void restore();

 private:
  std::optional<bool> before_;
  bool is_wanted_ = false;
};

}  // namespace turnpike::kernel
