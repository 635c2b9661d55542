// What becomes of a live allocation when the policies change: whatever they no longer allow ends.
#pragma once

#include <cstddef>

#include "turnpike/turn/authenticator.hpp"
#include "turnpike/turn/core.hpp"

namespace turnpike::turn {

// Ends the allocation if its credential has gone and that matters, or if the host has none of its relay
// addresses any more; else the halves, permissions and channels that are forbidden by now. Returns how many
// permissions and channels were judged, at least one. One that has ended meanwhile is none.
std::size_t revise(Core& core, const Authenticator& authenticator, relay::AllocationId id, TimePoint now);

// Whether the host has the relay's address, as far as the policies say.
bool is_here(const RelayEndpoint& relay, const Policies& policies);

}  // namespace turnpike::turn
