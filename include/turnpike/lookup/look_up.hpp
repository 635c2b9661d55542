// Finds everything that a configuration leaves to the network: addresses of names, and what others see of
// relays.
#pragma once

#include "turnpike/config/config.hpp"
#include "turnpike/config/found.hpp"
#include "turnpike/lookup/host_names.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::lookup {

// The time that resolvers, and then STUN servers, get to answer.
inline constexpr Duration kPatienceWithNames = std::chrono::seconds(5);
inline constexpr Duration kPatienceWithServers = std::chrono::seconds(3);

// Returns true if the configuration leaves nothing to the network.
bool needs_no_look_up(const config::Config& config);

// Returns what the network says now. Where it says nothing, `known` stands, with the obstacle. Takes at most
// kPatienceWithNames and kPatienceWithServers together.
boost::asio::awaitable<config::Found> look_up(config::Config config, config::Found known,
                                              Resolve resolve = lookup::resolve);

// Does what look_up() does, blocking, in a context of its own.
config::Found look_up_now(const config::Config& config);

// Logs what differs between two results.
void log_news(const config::Found& before, const config::Found& now);

}  // namespace turnpike::lookup
