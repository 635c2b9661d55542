// Reads the usage of a worker's allocations on request, some each turn, and hands reports to a sink.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "turnpike/relay/usage.hpp"

namespace turnpike::worker {

// Collects usage reports of one worker. Used on the worker's thread only, where it also calls its functions.
class UsageDesk {
 public:
  static constexpr std::size_t kAllocationsPerTurn = 256;
  // Ended allocations that wait for a report; at this number they are reported unasked.
  static constexpr std::size_t kEndedMax = 256;

  using Sink = std::function<void(relay::UsageReport)>;
  using Ids = std::function<std::vector<relay::AllocationId>()>;  // all live allocations
  // Returns the usage of an allocation, or nullopt if the allocation has ended.
  using Look = std::function<std::optional<relay::AllocationUsage>(relay::AllocationId)>;

  UsageDesk(std::uint32_t worker, Ids ids, Look look)
      : worker_(worker), ids_(std::move(ids)), look_(std::move(look)) {}
  UsageDesk(const UsageDesk&) = delete;
  UsageDesk& operator=(const UsageDesk&) = delete;

  // Sets the receiver of all reports. Without a sink reports are discarded.
  void report_to(Sink sink) { sink_ = std::move(sink); }

  // Adds the final usage of an ended allocation; kEndedMax of them are reported at once.
  void add_ended(relay::AllocationUsage ended);
  // Reports the allocations that have ended since the last report, at once.
  void report_ended();
  // Calls `done` when a reading that begins after this call has been reported.
  void read(std::function<void()> done) { waiting_.push_back(std::move(done)); }
  // Reads up to kAllocationsPerTurn allocations of the reading in progress, or begins the next. Call it once
  // a turn while is_reading().
  void read_some();
  bool is_reading() const { return reading_ || !waiting_.empty(); }

 private:
  struct Reading {
    std::vector<relay::AllocationId> ids;
    std::size_t next = 0;  // index into `ids`
    std::vector<relay::AllocationUsage> live;
    std::vector<relay::AllocationId> ended;  // ended during the reading; `live` may still list them
    std::vector<std::function<void()>> done;
  };

  void finish(Reading reading);

  std::uint32_t worker_;
  Ids ids_;
  Look look_;
  Sink sink_;
  std::vector<relay::AllocationUsage> ended_;
  std::optional<Reading> reading_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace turnpike::worker
