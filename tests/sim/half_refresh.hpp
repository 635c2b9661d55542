// A Refresh of one half of a dual allocation (RFC 8656 8.1), which module client does not know how to ask
// for.
#pragma once

#include <string>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::sim {

// Adds REQUESTED-ADDRESS-FAMILY to a signed Refresh and signs it again. Nothing if `request` is no such
// thing.
std::vector<std::uint8_t> for_one_half(Bytes request, Family family, const std::string& user,
                                       const std::string& password);

}  // namespace turnpike::sim
