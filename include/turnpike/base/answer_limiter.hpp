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

// Limits the answers that each source gets in a second. Budgets stand in a table of fixed size, which spoofed
// sources cannot make grow: two sources in the same slot share a budget. IPv6 sources are counted by /64, and
// by /48 with four times the budget. Thread-safe without a lock.
class AnswerLimiter {
 public:
  // `answers_per_second`: 0 = no limit.
  explicit AnswerLimiter(std::uint32_t answers_per_second);
  // Takes one answer from the source's budget. Returns false if the budget is used up.
  bool allow(const IpAddress& source, TimePoint now);
  // Returns what allow() would return, without taking anything.
  bool would_allow(const IpAddress& source, TimePoint now) const;

 private:
  static std::size_t index(const IpPrefix& source);
  bool take(const IpPrefix& source, Duration cost, TimePoint now);
  bool has_left(const IpPrefix& source, Duration cost, TimePoint now) const;

  Gcra rate_;
  std::vector<std::atomic<TimePoint>> budgets_;
};

}  // namespace turnpike
