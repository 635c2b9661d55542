// A rate limit that allows one second's worth at once (GCRA, ITU-T I.371). A budget is a single point in
// time.
#pragma once

#include <cstdint>

#include "turnpike/base/time.hpp"

namespace turnpike {

// The rate of any number of budgets. Each budget is the time at which it will be whole again, and starts as
// TimePoint{}:
//
//     now                   full_at                   now + 1 s
//      |------- taken ---------|------- left ------------|
//
// What is not used within the second is not saved up.
class Gcra {
 public:
  // `per_second`: 0 = no limit; cost() must not be called then.
  constexpr explicit Gcra(std::uint64_t per_second) : per_second_(per_second) {}

  constexpr bool is_limited() const { return per_second_ != 0; }

  // Returns by how much later a budget is full again once `amount` is taken, rounded down. Does not overflow
  // below 10^10.
  constexpr Duration cost(std::uint64_t amount) const {
    return Duration(static_cast<Duration::rep>(amount * std::uint64_t{kBurst.count()} / per_second_));
  }

  // Takes `cost` from the budget. Returns false and changes nothing if so much is not left.
  static constexpr bool take(TimePoint& full_at, Duration cost, TimePoint now) {
    TimePoint next = now;
    if (next < full_at) next = full_at;
    next += cost;
    if (next - now > kBurst) return false;
    full_at = next;
    return true;
  }

 private:
  static constexpr Duration kBurst = std::chrono::seconds(1);

  std::uint64_t per_second_;
};

}  // namespace turnpike
