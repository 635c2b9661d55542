// A permission (RFC 8656 section 9): peers at this address may exchange data with the client.
#pragma once

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::turn {

inline constexpr Duration kPermissionLifetime = std::chrono::seconds(300);

struct Permission {
  IpAddress peer;  // local form
  TimePoint expires;
  bool ports_filtered = false;
  TimePoint published;  // deadline of the route that the engines hold

  bool operator==(const Permission&) const = default;
};

}  // namespace turnpike::turn
