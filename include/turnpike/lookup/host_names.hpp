// Looks host names up by the system's resolver while the asking thread goes on with other work.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "turnpike/base/time.hpp"
#include "turnpike/config/found.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::lookup {

// Looks one name up. May block, and is called on any thread.
using Resolve = std::function<config::Host(const std::string& name)>;

// Asks the system: /etc/hosts, DNS, or whatever it is set up for. Blocks. A name without an address has an
// obstacle.
config::Host resolve(const std::string& name);

// Looks up all names at once, each on a thread of its own. A name without an answer after `patience` has an
// obstacle. A thread that hangs in the resolver is abandoned: neither the end of the context nor that of the
// process waits.
boost::asio::awaitable<config::Hosts> ask_hosts(std::set<std::string> names, Resolve resolve,
                                                Duration patience);

}  // namespace turnpike::lookup
