// A channel binding (RFC 8656 section 12): a number that stands for a peer's transport address.
#pragma once

#include <cstdint>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::turn {

inline constexpr Duration kChannelLifetime = std::chrono::seconds(600);

struct Channel {
  std::uint16_t number = 0;
  PeerEndpoint peer;  // local form
  TimePoint expires;
  TimePoint published;  // deadline of the route that the engines hold

  bool operator==(const Channel&) const = default;
};

}  // namespace turnpike::turn
