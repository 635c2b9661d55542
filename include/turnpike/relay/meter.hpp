// Byte budgets of users, shared by all workers (TURN-GEN-07): what exceeds them is dropped without a word.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "turnpike/base/time.hpp"
#include "turnpike/turn/route.hpp"

namespace turnpike::relay {

// A token bucket of one second's bytes for each MeterId, as one atomic word (GCRA). Thread-safe, no lock.
class Meters {
 public:
  // `bytes_per_second` 0: everything passes and no memory is held. Ids from 1 to `meters_max`.
  Meters(std::uint64_t bytes_per_second, std::uint32_t meters_max);
  bool admit(turn::MeterId meter, std::size_t bytes, TimePoint now);

 private:
  std::uint64_t bytes_per_second_;
  std::unique_ptr<std::atomic<std::int64_t>[]> full_at_ns_;  // virtual time at which the bucket is full again
};

}  // namespace turnpike::relay
