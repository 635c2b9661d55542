// Attributes that must be understood and are not (RFC 8489 6.3.1).
#pragma once

#include <vector>

#include "turnpike/stun/message.hpp"

namespace turnpike::turn {

// Returns each comprehension-required type that this server does not know once (RFC 8489 6.3.1), and at most
// as many as fit the response. A CHANGE-REQUEST that asks for no change is accepted in a Binding.
std::vector<stun::Attr> unknown_attributes(const stun::MessageView& request);

}  // namespace turnpike::turn
