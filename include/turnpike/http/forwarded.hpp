// From whom a request is that a proxy passes on.
#pragma once

#include <span>
#include <string_view>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::http {

bool is_proxy(std::span<const IpPrefix> proxies, const IpAddress& address);

// `forwarded_for` is all that X-Forwarded-For says, its fields joined by commas. Each proxy adds from whom it
// has the request: the last address that is no proxy's is the client's, and what stands before it may be
// anybody's invention. It is the address of `peer` where that is no proxy, and of the last proxy that is
// known where no address follows.
IpAddress client_behind(std::span<const IpPrefix> proxies, const IpAddress& peer,
                        std::string_view forwarded_for);

}  // namespace turnpike::http
