// The addresses of this host, and its name.
#pragma once

#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::net {

// The reach of an address; private_use covers RFC 1918, the shared space of RFC 6598 and IPv6 unique local
// addresses.
enum class AddressScope { unspecified, loopback, link_local, private_use, global };

// Returns the scope of an address.
AddressScope scope_of(const IpAddress& address);

// Returns the addresses of all interfaces that are up, each once, in the kernel's order; empty if the kernel
// cannot be asked.
std::vector<IpAddress> local_addresses();

// Returns the addresses of all interfaces, including those that are down, each once. The addresses of an
// interface that is down work again as soon as the interface is up.
std::vector<IpAddress> configured_addresses();

// Returns true if a socket can bind to the address: one of local_addresses(), or another one that routes or
// settings allow, such as 127.0.0.9 or any with ip_nonlocal_bind. Binds no port. Returns true if the process
// has no descriptor left to try with.
bool can_bind(const IpAddress& address);

// Returns the source addresses of the IPv4 and the IPv6 default route, as far as such routes exist. Sends
// nothing.
std::vector<IpAddress> default_route_addresses();

// Returns the host's name (gethostname); empty if the system gives none.
std::string host_name();

}  // namespace turnpike::net
