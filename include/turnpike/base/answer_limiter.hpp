// Bounds what one unverified source can make us do (RFC 8489 16.1.2): answers that need no credentials, per
// address and second.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "turnpike/base/gcra.hpp"
#include "turnpike/base/origin.hpp"

namespace turnpike {

// Budgets of one second's answers in a fixed table, so that spoofed sources cannot make it grow: two that
// meet in one share it. IPv6 is counted by /64, and four times as many by /48. Thread-safe, without a lock:
// all workers share one.
class AnswerLimiter {
 public:
  // 0 = no limit.
  explicit AnswerLimiter(std::uint32_t answers_per_second);
  bool allow(const IpAddress& source, TimePoint now);
  // Whether allow() would, which takes nothing.
  bool would_allow(const IpAddress& source, TimePoint now) const;

 private:
  static std::size_t index(const IpPrefix& source);
  bool take(const IpPrefix& source, Duration cost, TimePoint now);
  bool has_left(const IpPrefix& source, Duration cost, TimePoint now) const;

  Gcra rate_;
  std::vector<std::atomic<TimePoint>> budgets_;
};

}  // namespace turnpike
