// Where a worker is asked for its counters, and reads those of the kernel before, some allocations at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "turnpike/relay/route_table.hpp"

namespace turnpike::worker {

// What has been added of growing counters, so that each reading adds what is new.
class TrafficNews {
 public:
  // What of `traffic` was not in the one before.
  relay::Traffic take(relay::AllocationId allocation, const relay::Traffic& traffic);
  void forget(relay::AllocationId allocation) { known_.erase(allocation); }
  std::size_t size() const { return known_.size(); }

 private:
  std::unordered_map<relay::AllocationId, relay::Traffic> known_;  // of those that have any
};

// On the worker's thread, as everything that it calls.
class CounterDesk {
 public:
  static constexpr std::size_t kAllocationsPerTurn = 256;

  using Ids = std::function<std::vector<relay::AllocationId>()>;  // of all whose counters are to be read
  using Read = std::function<void(relay::AllocationId)>;

  CounterDesk(Ids ids, Read read) : ids_(std::move(ids)), read_(std::move(read)) {}
  CounterDesk(const CounterDesk&) = delete;
  CounterDesk& operator=(const CounterDesk&) = delete;

  // A reading that begins later than this will be over before `done` is called.
  void ask(std::function<void()> done) { waiting_.push_back(std::move(done)); }
  // Goes on with the reading that was asked for. One turn is bounded; call it while there is_reading().
  void read_some();
  bool is_reading() const { return !asking_.empty() || !waiting_.empty(); }

 private:
  Ids ids_;
  Read read_;
  std::vector<relay::AllocationId> to_read_;
  std::size_t next_ = 0;                        // of these
  std::vector<std::function<void()>> asking_;   // since before this reading began
  std::vector<std::function<void()>> waiting_;  // for the next one
};

}  // namespace turnpike::worker
