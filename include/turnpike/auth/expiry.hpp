// The expiry written into a derived user name.
#pragma once

#include <optional>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::auth {

// Decimal digits and nothing else: no sign, no space. No value if empty or beyond 2^63 - 1.
std::optional<UnixSeconds> parse_expiry(std::string_view digits);

}  // namespace turnpike::auth
