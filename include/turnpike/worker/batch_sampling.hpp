// How long packets wait in a worker: the time of one batch in so many of those that relay something.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/duration_histogram.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::worker {

// Of one direction. `clock` is asked for the time where it is needed.
class BatchSampling {
 public:
  static constexpr std::uint32_t kOneIn = 64;

  // Before a batch is read.
  template <class Clock>
  void begin(const Clock& clock) {
    read_at_ = relaying_ == 0 ? std::optional(clock()) : std::nullopt;
  }
  // Once all of it has been sent. `relayed`: packets, since the beginning. A batch from which none was
  // relayed does not count: else batches of two kinds that take turns could leave all samples to one of them.
  template <class Clock>
  void end(std::uint64_t relayed, const Clock& clock, DurationHistogram& times) {
    if (relayed == relayed_) return;
    relayed_ = relayed;
    relaying_ = (relaying_ + 1) % kOneIn;
    if (read_at_) times.add(clock() - *read_at_);
  }

 private:
  std::uint32_t relaying_ = 0;  // batches since the last whose time was taken
  std::uint64_t relayed_ = 0;
  std::optional<TimePoint> read_at_;
};

}  // namespace turnpike::worker
