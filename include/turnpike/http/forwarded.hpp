// Finds the client of a request that proxies have passed on.
#pragma once

#include <span>
#include <string_view>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::http {

// Returns true if the address belongs to a known proxy.
bool is_proxy(std::span<const IpPrefix> proxies, const IpAddress& address);

// Returns the client's address. `forwarded_for` is the whole X-Forwarded-For, its fields joined by commas.
// Each proxy appends from whom it has the request, so the last address that is no proxy's is the client's;
// anything before it may be invented. Returns the peer's address if the peer is no proxy, and the address of
// the last known proxy if no valid address precedes that one.
IpAddress client_behind(std::span<const IpPrefix> proxies, const IpAddress& peer,
                        std::string_view forwarded_for);

}  // namespace turnpike::http
