// What the server's process gives up once it serves.
#pragma once

#include <optional>

#include "turnpike/config/config.hpp"
#include "turnpike/net/privileges.hpp"

namespace turnpike::app {

// Who is to go on from here; none: who is there already. Only root can change. Throws std::runtime_error with
// one line if this host has no such user.
std::optional<net::User> user_to_become(const config::Config& config);

// Keeps the privilege for ports below 1024, and becomes the user. To be called when all that needs more is
// done: the kernel engine has its helper, listeners have their sockets; and before other threads are there.
// Throws std::runtime_error with one line if that user cannot be had; privileges that stay are a warning.
void give_up_privileges(const config::Config& config, const std::optional<net::User>& user);

}  // namespace turnpike::app
