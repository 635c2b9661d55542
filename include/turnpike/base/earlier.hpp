// Of deadlines, each of which there may be none, the first.
#pragma once

#include <algorithm>
#include <optional>

#include "turnpike/base/time.hpp"

namespace turnpike {

constexpr std::optional<TimePoint> earlier(const std::optional<TimePoint>& one,
                                           const std::optional<TimePoint>& other) {
  return one && other ? std::min(one, other) : (one ? one : other);
}

}  // namespace turnpike
