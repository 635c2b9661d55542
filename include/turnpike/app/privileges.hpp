// Gives up privileges of the server's process once it serves.
#pragma once

#include <optional>

#include "turnpike/config/config.hpp"
#include "turnpike/net/privileges.hpp"

namespace turnpike::app {

// Returns the user that the process must change to; nullopt if it stays as it is, because none is configured
// or the process is not root's. Throws std::runtime_error with one line if this host has no such user.
std::optional<net::User> user_to_become(const config::Config& config);

// Drops all privileges but the one for ports below 1024, and changes to the user. Call it when the kernel
// engine has its helper and the listeners have their sockets, but before there are other threads. Throws
// std::runtime_error with one line if the change of user is refused; privileges that cannot be dropped are a
// warning.
void give_up_privileges(const config::Config& config, const std::optional<net::User>& user);

}  // namespace turnpike::app
