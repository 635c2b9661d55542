// A bounded share of a thread's time for one kind of work, whatever a step of it costs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "turnpike/base/time.hpp"

namespace turnpike {

// Tells when work must rest, so that it takes one part in `parts` of the time. Each step owes (parts - 1)
// times its duration to other work. If more than `credit` is owed, the work rests until nothing is owed:
//
//     began      ended                      rest()
//       |-- work --|------ (parts - 1) times as long ------|
class TimeShare {
 public:
  // `parts`: at least 1; 1 means all of the time. `credit`: what may be owed without a rest. `rest_max`
  // bounds a rest, because the clock runs on while other processes have the processor.
  constexpr TimeShare(std::int64_t parts, Duration credit, Duration rest_max)
      : parts_(parts), credit_(credit), rest_max_(rest_max) {}

  // Records a step of work.
  constexpr void spend(TimePoint began, TimePoint ended) {
    owes_until_ = std::max(owes_until_, began) + parts_ * (ended - began);
    owes_until_ = std::min(owes_until_, ended + rest_max_);
  }
  // Returns when the rest ends, or nullopt if no rest is due.
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
