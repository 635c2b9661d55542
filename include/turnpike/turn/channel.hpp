// A channel binding (RFC 8656 section 12): a number that stands for a peer's transport address.
#pragma once

#include <cstdint>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::turn {

// Lifetime of a channel binding after each ChannelBind (RFC 8656 12).
inline constexpr Duration kChannelLifetime = std::chrono::seconds(600);

// Holds one channel binding of an allocation.
struct Channel {
  std::uint16_t number = 0;
  PeerEndpoint peer;  // address before a 1:1 NAT of this host
  TimePoint expires;
  TimePoint published;  // deadline of the published route; TimePoint{} if no route is published

  bool operator==(const Channel&) const = default;
};

}  // namespace turnpike::turn
