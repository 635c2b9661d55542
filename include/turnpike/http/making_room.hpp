// Which connection is closed where a new one would be beyond a limit.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/http/service.hpp"

namespace turnpike::http {

// A connection, as far as it matters here.
struct Place {
  IpAddress from;  // of no family: the limit of an address is none for it
  TimePoint idle_since;
  bool is_busy = false;  // and stays
};

struct Room {
  bool is_there = true;
  std::optional<std::size_t> made_by = std::nullopt;  // the index of the place that is given up

  bool operator==(const Room&) const = default;
};

// Of those that count against the limit that is reached, the one that has been idle longest makes room. There
// is none where all of them are busy.
Room room_for(const IpAddress& newcomer, std::span<const Place> taken, const Limits& limits);

}  // namespace turnpike::http
