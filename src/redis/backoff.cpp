#include "turnpike/redis/backoff.hpp"

#include <algorithm>

namespace turnpike::redis {

Duration Backoff::after(Duration lasted) {
  if (lasted >= longest_) bound_ = first_;
  const auto bound_us = std::chrono::duration_cast<std::chrono::microseconds>(bound_).count();
  const Duration wait = std::chrono::microseconds(random_.below(static_cast<std::uint32_t>(bound_us) + 1));
  bound_ = std::min(longest_, 2 * bound_);
  return wait;
}

}  // namespace turnpike::redis
