// Refresh (RFC 8656 8.2): prolong, shorten or end an allocation, or one half of a dual one.
#pragma once

#include <optional>

#include "turnpike/turn/core.hpp"
#include "turnpike/turn/request.hpp"

namespace turnpike::turn {

// Serves a Refresh. Returns the refusal that the caller sends, or nullopt if the request is answered.
// Precondition: `request.allocation` is the signer's.
std::optional<Refusal> refresh(Core& core, const Request& request);

}  // namespace turnpike::turn
