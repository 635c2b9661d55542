// Bounds what one unverified source address can make us send (SEC-01): answers that need no credentials, per
// address and second.
#pragma once

#include <cstdint>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::turn {

// Token buckets in a fixed table, so that spoofed sources cannot make it grow: two addresses that meet in one
// bucket share it. A bucket holds one second's worth of answers.
class AnswerLimiter {
 public:
  // 0 = no limit.
  explicit AnswerLimiter(std::uint32_t answers_per_second);
  bool allow(const IpAddress& source, TimePoint now);

 private:
  // The virtual time at which the bucket is empty again (GCRA).
  std::vector<TimePoint> empty_at_;
  Duration cost_{};
};

}  // namespace turnpike::turn
