// Why a packet is dropped: the one list of reasons, each with its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace turnpike::relay {

enum class DropReason : std::uint8_t {
  none,
  malformed,
  no_route,      // no channel and no permission
  expired,       // a route that is there still, but over
  peer_refused,  // a port that the peer policy forbids
  over_budget,   // of the user's or the room's bytes
  too_large,     // for the client's transport
};

inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(DropReason::too_large) + 1;

// As logs, metrics and documentation call it.
std::string_view to_string(DropReason reason);

}  // namespace turnpike::relay
