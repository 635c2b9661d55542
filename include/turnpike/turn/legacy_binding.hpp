// Binding for clients of RFC 3489, which know no magic cookie (RFC 8489 12).
#pragma once

#include <cstdint>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::turn {

// Returns whether the message is a Binding request of RFC 3489, which has no magic cookie.
bool is_legacy_binding(Bytes message);

// Returns a response with MAPPED-ADDRESS, or a 420 that lists the attributes which are not understood,
// RESPONSE-ADDRESS among them (RFC 5389 12.2). Returns an empty vector if the message is malformed or longer
// than kResponseSizeMax. Precondition: is_legacy_binding(request).
std::vector<std::uint8_t> answer_legacy_binding(Bytes request, const Endpoint& client);

}  // namespace turnpike::turn
