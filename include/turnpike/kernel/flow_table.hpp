// Writes flows into the maps of the program; each worker has a share of the slots.
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

// The memory that is shared with the program (Program::maps()); valid as long as the program lives.
struct FlowMaps {
  int flows = -1;              // descriptor of the hash from FlowKey to FlowPlace
  FlowSlot* slots = nullptr;   // [flows_max]
  FlowStats* stats = nullptr;  // [cpus][flows_max]
  std::uint32_t flows_max = 0;
  std::uint32_t cpus = 0;
  relay::BudgetMemory budgets;
};

// The number of the flow's slot.
using FlowId = std::uint32_t;

// The traffic that the kernel has relayed for a flow.
struct FlowCounters {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;  // payload, without the ChannelData header
  TimePoint last_activity;  // of relayed and dropped packets, exact to a few milliseconds; zero: none yet
  std::uint64_t over_budget = 0;  // packets that were dropped for want of budget

  FlowCounters& operator+=(const FlowCounters& other);
  bool operator==(const FlowCounters&) const = default;
};

// The interface by which flows are added and removed.
class FlowStore {
 public:
  virtual ~FlowStore() = default;
  // Adds a flow; the kernel relays its packets when the call returns, until the deadline. Returns byte_limit,
  // no_room or taken if that fails.
  [[nodiscard]] virtual Result<FlowId, NoFlow> add(const Flow& flow, TimePoint deadline, TimePoint now) = 0;
  // Moves the deadline forwards or backwards; a deadline of zero ends the flow. One store into mapped memory,
  // from any thread.
  virtual void extend(FlowId id, TimePoint deadline) = 0;
  // Sets the MAC address of the flow's next hop, by one store into mapped memory.
  virtual void set_neighbour(FlowId id, const MacAddress& mac) = 0;
  // Ends the flow at once and deletes its key; the slot is used again after a second. Returns the last
  // counters.
  virtual FlowCounters remove(FlowId id, TimePoint now) = 0;
  // Returns the counters of the flow; from any thread.
  virtual FlowCounters counters(FlowId id) const = 0;
};

// The slots [first, first + count). Not thread-safe, except extend() and counters(); tables with disjoint
// slots work at the same time.
class FlowTable final : public FlowStore {
 public:
  // Takes slots that no other table has; `first` + `count` is at most maps.flows_max.
  FlowTable(const FlowMaps& maps, std::uint32_t first, std::uint32_t count);
  // Removes the flows that are left.
  ~FlowTable() override;
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
