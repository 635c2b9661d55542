// Why a packet is dropped: the one list of reasons, each with its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace turnpike::relay {

// Names why a packet is dropped.
enum class DropReason : std::uint8_t {
  none,
  malformed,
  no_route,      // no channel and no permission
  expired,       // the route's deadline has passed, but the route is not retracted yet
  peer_refused,  // the peer policy forbids the port
  over_budget,   // the byte budget of the user or of the room is used up
  too_large,     // more than the client's transport can carry
};

inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(DropReason::too_large) + 1;

// Returns the name that logs, metrics and documentation use.
std::string_view to_string(DropReason reason);

}  // namespace turnpike::relay
