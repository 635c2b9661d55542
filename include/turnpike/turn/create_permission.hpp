// CreatePermission (RFC 8656 10.2): lets the data of peers through, by their addresses.
#pragma once

#include <optional>

#include "turnpike/turn/core.hpp"
#include "turnpike/turn/request.hpp"

namespace turnpike::turn {

// Serves a CreatePermission: all its peers get a permission, or none. Returns the refusal that the caller
// sends, or nullopt if the request is answered. Precondition: `request.allocation` is the signer's.
std::optional<Refusal> create_permission(Core& core, const Request& request);

}  // namespace turnpike::turn
