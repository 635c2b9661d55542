// Measures how long packets wait in a worker, in one of every kOneIn batches that relay something.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/duration_histogram.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::worker {

// Samples the batches of one direction. `clock` is a function that returns the time; BatchSampling calls it
// only for batches that it measures.
class BatchSampling {
 public:
  static constexpr std::uint32_t kOneIn = 64;

  // Call before a batch is read.
  template <class Clock>
  void begin(const Clock& clock) {
    read_at_ = relaying_ == 0 ? std::optional(clock()) : std::nullopt;
  }
  // Call when the whole batch has been sent. `relayed` is the number of packets relayed since the worker
  // began. A batch that relayed none does not count: otherwise, where two kinds of batches alternate, one
  // kind could get all samples.
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
