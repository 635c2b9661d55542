// Flows in the maps of the program: a share of the slots for one worker.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/kernel/flow.hpp"
#include "turnpike/kernel/flow_admissions.hpp"
#include "turnpike/relay/meter.hpp"

namespace turnpike::kernel {

struct FlowSlot;
struct FlowStats;

// The memory that is shared with the program, as `Program::maps` hands it out; it lives as long as the
// program.
struct FlowMaps {
  int flows = -1;              // descriptor of the hash from keys to places
  FlowSlot* slots = nullptr;   // [flows_max]
  FlowStats* stats = nullptr;  // [cpus][flows_max]
  std::uint32_t flows_max = 0;
  std::uint32_t cpus = 0;
  relay::BudgetMemory budgets;
};

using FlowId = std::uint32_t;

struct FlowCounters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;        // payload, without ChannelData header
  TimePoint last_activity;        // to a few milliseconds, dropped packets as well; zero: none yet
  std::uint64_t over_budget = 0;  // packets that were dropped

  FlowCounters& operator+=(const FlowCounters& other);
  bool operator==(const FlowCounters&) const = default;
};

// What writers of flows see.
class FlowStore {
 public:
  virtual ~FlowStore() = default;
  // Relayed by the kernel when this returns, until the deadline. The error is byte_limit, no_room or
  // taken.
  [[nodiscard]] virtual Result<FlowId, NoFlow> add(const Flow& flow, TimePoint deadline, TimePoint now) = 0;
  // Moves the deadline, either way; the epoch ends the flow. One store into mapped memory, from any thread.
  virtual void extend(FlowId id, TimePoint deadline) = 0;
  // Of its next hop, also by one store.
  virtual void set_neighbour(FlowId id, const MacAddress& mac) = 0;
  // Revokes at once by the same store, then deletes the key; the slot rests a second. Returns the last
  // counters.
  virtual FlowCounters remove(FlowId id, TimePoint now) = 0;
  // From any thread.
  virtual FlowCounters counters(FlowId id) const = 0;
};

// A disjoint share of the slots, [first, first + count). Not thread-safe; the shares of several workers are
// used at once.
class FlowTable final : public FlowStore {
 public:
  FlowTable(const FlowMaps& maps, std::uint32_t first, std::uint32_t count);
  ~FlowTable() override;  // removes what is left
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  [[nodiscard]] Result<FlowId, NoFlow> add(const Flow& flow, TimePoint deadline, TimePoint now) override;
  void extend(FlowId id, TimePoint deadline) override;
  void set_neighbour(FlowId id, const MacAddress& mac) override;
  FlowCounters remove(FlowId id, TimePoint now) override;
  FlowCounters counters(FlowId id) const override;

 private:
  struct Resting {
    FlowId id;
    TimePoint until;
  };

  std::optional<FlowId> take_slot(TimePoint now);
  void revoke(FlowId id);

  FlowMaps maps_;
  FlowId first_, unused_, end_;  // slots of [unused_, end_) were never taken
  std::deque<Resting> resting_;  // in the order of `until`
};

}  // namespace turnpike::kernel
