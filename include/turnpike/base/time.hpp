// Points in time as values: below net and app nobody reads a clock, time is an argument.
#pragma once

#include <chrono>
#include <cstdint>

namespace turnpike {

using Duration = std::chrono::nanoseconds;

// The time line of CLOCK_MONOTONIC. It has no now(): only the shell may ask the system.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

using TimePoint = MonotonicClock::time_point;
using UnixSeconds = std::int64_t;

// One reading of both clocks. Lifetimes run on `monotonic`; what is written for other machines is `unix_s`:
// the expiry of a credential, the time of a nonce that several servers take.
struct Now {
  TimePoint monotonic;
  UnixSeconds unix_s = 0;
};

}  // namespace turnpike
