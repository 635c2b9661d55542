// Host names, asked of the system's resolver while the thread that asks goes on with other things.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "turnpike/base/time.hpp"
#include "turnpike/config/found.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::lookup {

// May block, and is called on any thread.
using Resolve = std::function<config::Host(const std::string& name)>;

// What the system says: /etc/hosts, DNS, or whatever else it is set up for. Blocks.
config::Host resolve(const std::string& name);

// All names at the same time, each on a thread of its own; a name without an answer after `patience` has an
// obstacle. A thread that hangs in the resolver is left to itself: neither the end of the context nor that of
// the process waits for it.
boost::asio::awaitable<config::Hosts> ask_hosts(std::set<std::string> names, Resolve resolve,
                                                Duration patience);

}  // namespace turnpike::lookup
