// Refresh (RFC 8656 8.2): prolong, shorten or end an allocation, or one half of a dual one.
#pragma once

#include <optional>

#include "turnpike/turn/core.hpp"
#include "turnpike/turn/request.hpp"

namespace turnpike::turn {

// The request has an allocation of its user. None: it is answered.
std::optional<Refusal> refresh(Core& core, const Request& request);

}  // namespace turnpike::turn
