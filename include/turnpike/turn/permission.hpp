// A permission (RFC 8656 section 9): peers at this address may exchange data with the client.
#pragma once

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::turn {

// Lifetime of a permission (RFC 8656 9).
inline constexpr Duration kPermissionLifetime = std::chrono::seconds(300);

// Holds one permission of an allocation.
struct Permission {
  IpAddress peer;  // address before a 1:1 NAT of this host
  TimePoint expires;
  bool ports_filtered = false;  // the policy allows some ports of the peer and refuses others
  TimePoint published;          // deadline of the published route; TimePoint{} if no route is published

  bool operator==(const Permission&) const = default;
};

}  // namespace turnpike::turn
