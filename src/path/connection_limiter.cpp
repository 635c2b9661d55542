#include "turnpike/path/connection_limiter.hpp"

namespace turnpike::path {

bool ConnectionLimiter::acquire(const IpAddress& address) {
  if (max_ == 0) return true;
  const std::lock_guard lock(mutex_);
  std::uint32_t& held = held_[address];
  if (held >= max_) return false;
  ++held;
  return true;
}

void ConnectionLimiter::release(const IpAddress& address) {
  if (max_ == 0) return;
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(address);
  if (found != held_.end() && --found->second == 0) held_.erase(found);
}

}  // namespace turnpike::path
