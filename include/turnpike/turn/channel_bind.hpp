// ChannelBind (RFC 8656 12.2): a number that stands for one peer's transport address.
#pragma once

#include <optional>

#include "turnpike/turn/core.hpp"
#include "turnpike/turn/request.hpp"

namespace turnpike::turn {

// The request has an allocation of its user. None: it is answered.
std::optional<Refusal> channel_bind(Core& core, const Request& request);

}  // namespace turnpike::turn
