// The earlier of two deadlines, each of which may be missing.
#pragma once

#include <algorithm>
#include <optional>

#include "turnpike/base/time.hpp"

namespace turnpike {

// Returns the earlier deadline, or the only one, or nullopt.
constexpr std::optional<TimePoint> earlier(const std::optional<TimePoint>& one,
                                           const std::optional<TimePoint>& other) {
  return one && other ? std::min(one, other) : (one ? one : other);
}

}  // namespace turnpike
