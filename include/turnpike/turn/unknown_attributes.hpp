// Attributes that must be understood and are not (RFC 8489 6.3.1).
#pragma once

#include <vector>

#include "turnpike/stun/message.hpp"

namespace turnpike::turn {

// Every comprehension-required type that this server does not know, once (RFC 8489 6.3.1), and no more of
// them than the answer has room for. CHANGE-REQUEST is known in a Binding in which it asks for no change.
std::vector<stun::Attr> unknown_attributes(const stun::MessageView& request);

}  // namespace turnpike::turn
