// CreatePermission (RFC 8656 10.2): lets the data of peers through, by their addresses.
#pragma once

#include <optional>

#include "turnpike/turn/core.hpp"
#include "turnpike/turn/request.hpp"

namespace turnpike::turn {

// The request has an allocation of its user. None: it is answered.
std::optional<Refusal> create_permission(Core& core, const Request& request);

}  // namespace turnpike::turn
