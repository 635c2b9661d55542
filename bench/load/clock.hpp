// The two time lines of a run: one to compare with the kernel's receive stamps, one for TURN transactions.
#pragma once

#include <cstdint>
#include <ctime>

#include "turnpike/base/time.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::bench {

inline std::int64_t to_ns(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// CLOCK_REALTIME, as SO_TIMESTAMPNS has it.
inline std::int64_t realtime_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return to_ns(time);
}

inline TimePoint monotonic() { return net::read_clock().monotonic; }

}  // namespace turnpike::bench
