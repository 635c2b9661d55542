// Queue of requests for a worker's counters; the kernel's counters are read first, some allocations a turn.
#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "turnpike/relay/route_table.hpp"

namespace turnpike::worker {

// Remembers the last reading of each allocation's counters, so that a reading adds only the growth since
// then.
class TrafficGrowth {
 public:
  // Returns by how much `traffic` exceeds the previous reading of the allocation. A counter that has shrunk
  // gives 0.
  relay::Traffic take(relay::AllocationId allocation, const relay::Traffic& traffic);
  // Forgets an allocation; call it when the allocation has ended.
  void forget(relay::AllocationId allocation) { known_.erase(allocation); }
  std::size_t size() const { return known_.size(); }

 private:
  std::unordered_map<relay::AllocationId, relay::Traffic> known_;  // allocations with traffic only
};

// Reads the counters of all allocations on request, a bounded number a turn. Used on the worker's thread
// only, where it also calls its functions.
class CounterDesk {
 public:
  static constexpr std::size_t kAllocationsPerTurn = 256;

  using Ids = std::function<std::vector<relay::AllocationId>()>;  // allocations to read
  // Reads the counters of one allocation, which may have ended.
  using Read = std::function<void(relay::AllocationId)>;

  CounterDesk(Ids ids, Read read) : ids_(std::move(ids)), read_(std::move(read)) {}
  CounterDesk(const CounterDesk&) = delete;
  CounterDesk& operator=(const CounterDesk&) = delete;

  // Calls `done` after a complete reading that begins after this call.
  void ask(std::function<void()> done) { waiting_.push_back(std::move(done)); }
  // Reads up to kAllocationsPerTurn allocations of the reading in progress, or begins the next. Call it once
  // a turn while is_reading().
  void read_some();
  bool is_reading() const { return !asking_.empty() || !waiting_.empty(); }

 private:
  Ids ids_;
  Read read_;
  std::vector<relay::AllocationId> to_read_;
  std::size_t next_ = 0;                        // index into `to_read_`
  std::vector<std::function<void()>> asking_;   // answered by the reading in progress
  std::vector<std::function<void()>> waiting_;  // answered by the next reading
};

}  // namespace turnpike::worker
