// What a process may do beyond its user: Linux capabilities, and giving them up for good.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/result.hpp"

namespace turnpike::net {

// One bit a capability, numbered as in linux/capability.h.
using Capabilities = std::uint64_t;

// Ports below 1024: CAP_NET_BIND_SERVICE.
inline constexpr Capabilities kBindLowPorts = 1ULL << 10;

Capabilities effective_capabilities();  // of the calling thread

// A user of this host, with its groups.
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;

  bool operator==(const User&) const = default;
};
// The error is a line for the operator.
[[nodiscard]] Result<User, std::string> find_user(const std::string& name);

// A regular file of this process's user, and of nobody else, becomes the other user's; anything else stays
// whose it is.
void hand_over(const std::string& path, const User& user);
// A socket of this process becomes the other user's, as far as the kernel asks whose it is: that user's later
// ones may share its port. It stays whose it is where the system refuses.
void hand_over(int socket, const User& user);

// Leaves the calling thread, and those that it starts, with what it has of `wanted`, as `user` if one is
// given: no program that it runs gets more either (bounding set, no_new_privs). Of the bounding set those who
// lack CAP_SETPCAP keep what their service manager left them. False if the system refused: some may be gone
// by then. To be called before other threads exist.
[[nodiscard]] bool keep_only(Capabilities wanted, const std::optional<User>& user = std::nullopt);

// Runs `task` in a thread without privileges, as `user` if one is given. False, and nothing is run, where the
// caller may not do so.
[[nodiscard]] bool run_unprivileged(const std::optional<User>& user, const std::function<void()>& task);

}  // namespace turnpike::net
