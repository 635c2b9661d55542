// Linux capabilities and users: what the process may do, and how it gives that up for good.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/result.hpp"

namespace turnpike::net {

// A set of capabilities: bit N is the one with the number N in linux/capability.h.
using Capabilities = std::uint64_t;

// CAP_NET_BIND_SERVICE: binding to ports below 1024.
inline constexpr Capabilities kBindLowPorts = 1ULL << 10;

// Returns the effective capabilities of the calling thread; none if the kernel refuses to say.
Capabilities effective_capabilities();

// A user of this host, with all of the user's groups.
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;

  bool operator==(const User&) const = default;
};
// Looks a user up by name. The error is one line for the operator.
[[nodiscard]] Result<User, std::string> find_user(const std::string& name);

// Gives a regular file to another user. Does nothing if the path is a link or something else, if the file has
// other links, if it belongs to somebody else than this process's user, or if the system refuses.
void hand_over(const std::string& path, const User& user);
// Gives a socket of this process to another user, so that sockets which that user opens later may share its
// port (SO_REUSEPORT). Does nothing if the system refuses.
void hand_over(int socket, const User& user);

// Reduces the calling thread, and all threads that it starts later, to those of its capabilities that are in
// `wanted`, and changes to `user` if one is given. Programs that it runs get no more either (bounding set,
// no_new_privs); without CAP_SETPCAP the bounding set stays as it is. Returns false if the system refuses;
// some capabilities may be gone by then. Must be called before other threads exist.
[[nodiscard]] bool keep_only(Capabilities wanted, const std::optional<User>& user = std::nullopt);

// Runs `task` in a new thread without capabilities, as `user` if one is given, and waits for its end. Returns
// false without running the task if the caller may not change to that user.
[[nodiscard]] bool run_unprivileged(const std::optional<User>& user, const std::function<void()>& task);

}  // namespace turnpike::net
