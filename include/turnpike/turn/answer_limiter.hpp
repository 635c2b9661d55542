// Bounds what one unverified source address can make us send (SEC-01): answers that need no credentials, per
// address and second.
#pragma once

#include <cstdint>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/gcra.hpp"

namespace turnpike::turn {

// Budgets of one second's answers in a fixed table, so that spoofed sources cannot make it grow: two
// addresses that meet in one share it.
class AnswerLimiter {
 public:
  // 0 = no limit.
  explicit AnswerLimiter(std::uint32_t answers_per_second);
  bool allow(const IpAddress& source, TimePoint now);

 private:
  Gcra rate_;
  std::vector<TimePoint> budgets_;
};

}  // namespace turnpike::turn
