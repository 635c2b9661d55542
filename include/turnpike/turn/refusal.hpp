// Why one request is refused, as a value: the cause, and what belongs to it.
#pragma once

#include <boost/system/error_code.hpp>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/turn/alternates.hpp"
#include "turnpike/turn/cause.hpp"
#include "turnpike/turn/peer_rule.hpp"

namespace turnpike::turn {

struct Refusal {
  Cause cause = Cause::malformed;
  boost::system::error_code error = {};  // of the system, where a relay could not be opened
  std::optional<IpAddress> peer = {};    // whom a request named in vain, in local form
  std::optional<PeerRule> rule = {};     // of `peers.deny`, where that is the cause
  std::optional<Detour> detour = {};     // of a redirection, which has one in any case

  stun::ErrorCode code() const { return code_of(cause); }
  bool operator==(const Refusal&) const = default;
};

}  // namespace turnpike::turn
