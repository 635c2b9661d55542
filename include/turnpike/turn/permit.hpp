// Which peers an allocation may have permissions for (RFC 8656 section 9), and what granting and withdrawing
// one does.
#pragma once

#include <optional>

#include "turnpike/turn/core.hpp"

namespace turnpike::turn {

// The family and the policy; whether there is room is for the caller to see.
std::optional<Refusal> check_peer(const Core& core, const Allocation& allocation, const IpAddress& peer);

// A permission for this peer until then, new or prolonged; one that lasts longer stays as it is.
// LiveAllocations::update() must follow.
void permit(Core& core, Allocation& allocation, const IpAddress& peer, TimePoint until);

// Whether ports differ may have changed since a reload: then the permission has another route.
// LiveAllocations::update() must follow.
void heed_ports(Core& core, Allocation& allocation, Permission& permission);

// A rule forbids the peer since a reload: what the peer had ends.
void withdraw(Core& core, Allocation& allocation, const IpAddress& peer);

// Of a list with a configured maximum; 0 = no limit.
constexpr bool is_full(std::size_t size, std::uint32_t max) { return max != 0 && size >= max; }

}  // namespace turnpike::turn
