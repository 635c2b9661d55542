// Why one request is refused, as a value: the cause, and what belongs to it.
#pragma once

#include <boost/system/error_code.hpp>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/turn/alternates.hpp"
#include "turnpike/turn/cause.hpp"
#include "turnpike/turn/peer_rule.hpp"

namespace turnpike::turn {

// Holds why a request is refused, and the details that belong to the cause.
struct Refusal {
  Cause cause = Cause::malformed;
  boost::system::error_code error = {};  // the system's error if a relay could not be opened
  std::optional<IpAddress> peer = {};    // the refused peer, in local form
  std::optional<PeerRule> rule = {};     // the rule of `peers.deny` that refused the peer
  std::optional<Detour> detour = {};     // set if and only if the cause is `redirected`

  stun::ErrorCode code() const { return code_of(cause); }
  bool operator==(const Refusal&) const = default;
};

}  // namespace turnpike::turn
