// Binding for clients of RFC 3489, which know no magic cookie (RFC 8489 12).
#pragma once

#include <cstdint>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::turn {

// A Binding request whose 16 bytes behind Length are a transaction id without the cookie.
bool is_legacy_binding(Bytes message);

// MAPPED-ADDRESS, or a 420 that lists what is not understood, RESPONSE-ADDRESS among it (RFC 5389 12.2).
// Empty: the message is malformed, or too long for such a client. `request` is_legacy_binding().
std::vector<std::uint8_t> answer_legacy_binding(Bytes request, const Endpoint& client);

}  // namespace turnpike::turn
