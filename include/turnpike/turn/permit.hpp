// Which peers an allocation may have permissions for (RFC 8656 section 9), and what granting and withdrawing
// one does.
#pragma once

#include <optional>

#include "turnpike/turn/core.hpp"

namespace turnpike::turn {

// Returns why the peer's family or the policy refuses a permission, or nullopt. Does not check limits.
std::optional<Refusal> check_peer(const Core& core, const Allocation& allocation, const IpAddress& peer);

// Grants or prolongs the permission of the peer until `until`, and never shortens it. The caller must call
// LiveAllocations::update() afterwards.
void permit(Core& core, Allocation& allocation, const IpAddress& peer, TimePoint until);

// Retracts the permission's route if a reload changed whether its ports differ. The caller must call
// LiveAllocations::update() afterwards, which publishes the new route.
void update_ports_filtered(Core& core, Allocation& allocation, Permission& permission);

// Ends the peer's permission and channels, if any.
void withdraw(Core& core, Allocation& allocation, const IpAddress& peer);

// Returns whether a list of `size` entries has reached `max`; 0 = no limit.
constexpr bool is_full(std::size_t size, std::uint32_t max) { return max != 0 && size >= max; }

}  // namespace turnpike::turn
