// Everything that a configuration leaves to the network: addresses of names, and what others see of relays.
#pragma once

#include "turnpike/config/config.hpp"
#include "turnpike/config/found.hpp"
#include "turnpike/lookup/host_names.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::lookup {

inline constexpr Duration kPatienceWithNames = std::chrono::seconds(5);
inline constexpr Duration kPatienceWithServers = std::chrono::seconds(3);

// Nothing is left to it.
bool is_needless(const config::Config& config);

// What the network says now; where it says nothing, what was known before stands, with the obstacle. Takes 13
// seconds at most.
boost::asio::awaitable<config::Found> look_up(config::Config config, config::Found known,
                                              Resolve resolve = lookup::resolve);

// The same for whoever may wait for it. Runs a context of its own.
config::Found look_up_now(const config::Config& config);

// Tells the log what is new.
void log_news(const config::Found& before, const config::Found& now);

}  // namespace turnpike::lookup
