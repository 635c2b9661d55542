// Points in time as values. Below net and app no code reads a clock: time is an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace turnpike {

using Duration = std::chrono::nanoseconds;

// The clock of CLOCK_MONOTONIC. Has no now(), because only the shell may ask the system.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

using TimePoint = MonotonicClock::time_point;
using UnixSeconds = std::int64_t;

// Holds one reading of both clocks. Lifetimes use `monotonic`. Times that other machines read, such as the
// expiry of a credential, use `unix_s`.
struct Now {
  TimePoint monotonic;
  UnixSeconds unix_s = 0;
};

}  // namespace turnpike
