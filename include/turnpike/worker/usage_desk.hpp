// Where a worker reads its allocations' figures on request, some at a time, and hands them over.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "turnpike/relay/usage.hpp"

namespace turnpike::worker {

// On the worker's thread, as everything that it calls.
class UsageDesk {
 public:
  static constexpr std::size_t kAllocationsPerTurn = 256;
  static constexpr std::size_t kEndedMax = 256;  // kept at most; then they are handed over unasked

  using Sink = std::function<void(relay::UsageReport)>;
  using Ids = std::function<std::vector<relay::AllocationId>()>;  // of all that live
  using Look = std::function<std::optional<relay::AllocationUsage>(relay::AllocationId)>;

  UsageDesk(std::uint32_t worker, Ids ids, Look look)
      : worker_(worker), ids_(std::move(ids)), look_(std::move(look)) {}
  UsageDesk(const UsageDesk&) = delete;
  UsageDesk& operator=(const UsageDesk&) = delete;

  // Without a sink all reports are lost.
  void report_to(Sink sink) { sink_ = std::move(sink); }

  void add_ended(relay::AllocationUsage ended);
  // What has ended so far, at once.
  void report_ended();
  // A reading that begins later than this will be reported before `done` is called.
  void read(std::function<void()> done) { waiting_.push_back(std::move(done)); }
  // Goes on with the readings that were asked for. One turn is bounded; call it while there is_reading().
  void read_some();
  bool is_reading() const { return reading_ || !waiting_.empty(); }

 private:
  struct Reading {
    std::vector<relay::AllocationId> ids;
    std::size_t next = 0;  // of `ids`
    std::vector<relay::AllocationUsage> live;
    std::vector<relay::AllocationId> ended;  // meanwhile, and yet perhaps in `live`
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
