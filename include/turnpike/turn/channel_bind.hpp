// ChannelBind (RFC 8656 12.2): a number that stands for one peer's transport address.
#pragma once

#include <optional>

#include "turnpike/turn/core.hpp"
#include "turnpike/turn/request.hpp"

namespace turnpike::turn {

// Serves a ChannelBind. Returns the refusal that the caller sends, or nullopt if the request is answered.
// Precondition: `request.allocation` is the signer's.
std::optional<Refusal> channel_bind(Core& core, const Request& request);

}  // namespace turnpike::turn
