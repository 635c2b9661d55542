// The addresses of this host, and its name.
#pragma once

#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::net {

enum class AddressScope { unspecified, loopback, link_local, private_use, global };

// private_use: RFC 1918, shared space of RFC 6598, IPv6 unique local addresses.
AddressScope scope_of(const IpAddress& address);

// Of all interfaces that are up, without repetitions, in the kernel's order. Empty if the kernel does not
// say.
std::vector<IpAddress> local_addresses();

// The same, also of interfaces that are down: these come back with what they had.
std::vector<IpAddress> configured_addresses();

// Whether a socket may have the address: one of local_addresses(), or one that the system's routes and
// settings allow besides, as 127.0.0.9 or with ip_nonlocal_bind. No port is bound. True where the system does
// not say.
bool can_bind(const IpAddress& address);

// The source addresses of the IPv4 and the IPv6 default route, as far as there are such. Nothing is sent.
std::vector<IpAddress> default_route_addresses();

// As the system has it; empty if it does not say.
std::string host_name();

}  // namespace turnpike::net
