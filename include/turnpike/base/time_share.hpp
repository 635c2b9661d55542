// A bounded share of a thread's time for one kind of work, however dear a step of it is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "turnpike/base/time.hpp"

namespace turnpike {

// Work that has taken some time owes others a multiple of it. Where it owes more than a little, it rests
// until nothing is owed:
//
//     began      ended                      rest()
//       |-- work --|------ (parts - 1) times as long ------|
class TimeShare {
 public:
  // One part in so many, at least 1; of one part it is all. `credit` is what may be owed without a rest. The
  // clock runs on while the system gives the processor to others, so a rest has a bound.
  constexpr TimeShare(std::int64_t parts, Duration credit, Duration rest_max)
      : parts_(parts), credit_(credit), rest_max_(rest_max) {}

  constexpr void spend(TimePoint began, TimePoint ended) {
    owes_until_ = std::max(owes_until_, began) + parts_ * (ended - began);
    owes_until_ = std::min(owes_until_, ended + rest_max_);
  }
  // Until when it rests; nothing where it need not.
  constexpr std::optional<TimePoint> rest(TimePoint now) const {
    if (owes_until_ - now <= credit_) return std::nullopt;
    return owes_until_;
  }

 private:
  std::int64_t parts_;
  Duration credit_;
  Duration rest_max_;
  TimePoint owes_until_{};
};

}  // namespace turnpike
