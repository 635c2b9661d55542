// What becomes of a live allocation when the policies change: whatever they no longer allow ends.
#pragma once

#include <cstddef>

#include "turnpike/turn/authenticator.hpp"
#include "turnpike/turn/core.hpp"

namespace turnpike::turn {

// Ends whatever of the allocation the policies no longer allow: all of it if its credential is gone and that
// matters, or if the host has none of its relay addresses; else the forbidden halves, permissions and
// channels. Returns the number of permissions and channels judged plus one, as a measure of work; 1 if the
// allocation does not exist.
std::size_t revise(Core& core, const Authenticator& authenticator, relay::AllocationId id, TimePoint now);

// Returns whether the host still has the relay's address, by the policies' list.
bool is_here(const RelayEndpoint& relay, const Policies& policies);

}  // namespace turnpike::turn
