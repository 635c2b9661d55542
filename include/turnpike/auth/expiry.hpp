// The expiry written into a derived user name.
#pragma once

#include <optional>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::auth {

// Parses an expiry of decimal digits alone, without sign or space. Returns nullopt for other text, empty text
// and numbers beyond 2^63 - 1.
std::optional<UnixSeconds> parse_expiry(std::string_view digits);

}  // namespace turnpike::auth
