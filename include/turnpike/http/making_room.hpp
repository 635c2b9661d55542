// Chooses the connection that is closed when a new one would exceed a limit.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/http/service.hpp"

namespace turnpike::http {

// An open connection, as room_for() sees it.
struct Place {
  IpAddress from;  // without a family, the limits of an address do not apply
  TimePoint idle_since;
  bool is_busy = false;  // must not be closed
};

// The decision whether a new connection may stay, and which other one is closed for it.
struct Room {
  bool is_there = true;
  // index of the place to close; none: no limit is reached, or there is no room
  std::optional<std::size_t> made_by = std::nullopt;

  bool operator==(const Room&) const = default;
};

// Returns the room for a new connection. If a limit is reached, the idle connection with the longest idle
// time among those that count against this limit is to be closed; if all of these are busy, there is no room.
Room room_for(const IpAddress& newcomer, std::span<const Place> taken, const Limits& limits);

}  // namespace turnpike::http
