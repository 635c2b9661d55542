// The one textual form of an allocation's id: the log, the control socket and commands all have it so.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "turnpike/relay/route.hpp"

namespace turnpike::relay {

// Returns the id as 16 lower-case hexadecimal digits; the first four are the worker's number.
std::string to_text(AllocationId id);

// Parses 16 hexadecimal digits of either case. Returns nullopt for any other text.
std::optional<AllocationId> parse_allocation_id(std::string_view text);

}  // namespace turnpike::relay
