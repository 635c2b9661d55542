// The allocations that live. Every change of one comes with its effects: routes published and retracted,
// relays closed, places given back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/address_map.hpp"
#include "turnpike/turn/allocation_table.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/turn/outbox.hpp"

namespace turnpike::turn {

class LiveAllocations {
 public:
  // `external`: what clients see of the relay addresses. All three must outlive this.
  LiveAllocations(const AddressMap& external, Ledger& ledger, Outbox& out)
      : external_(external), ledger_(ledger), out_(out) {}

  const AllocationTable& table() const { return table_; }
  // An allocation whose end has come is gone, even if its deadline has not been served yet.
  Allocation* find(const FiveTuple& tuple, TimePoint now);
  Allocation* find(relay::AllocationId id) { return table_.find(id); }
  Allocation* find_by_relay(const RelayEndpoint& relay) { return table_.find_by_relay(relay); }

  // Its relays are open, its place and ports are held.
  const Allocation& begin(Allocation allocation, std::uint32_t lifetime_s);
  // One that began in another process: publishes all its routes.
  void restore(const Allocation& saved);

  // After a change of lifetimes, or of what permissions and channels there are: publishes every route whose
  // deadline is no longer the one that the engines hold.
  void update(Allocation& allocation);
  // The parts that `ends` is true of: their routes are retracted.
  template <class Predicate>
  void end_channels(Allocation& allocation, Predicate ends) {
    end_parts(allocation, allocation.channels, ends);
  }
  template <class Predicate>
  void end_permissions(Allocation& allocation, Predicate ends) {
    end_parts(allocation, allocation.permissions, ends);
  }

  // Everything of the allocation whose time has come. The allocation itself goes with its last half: the
  // reference is dead then.
  void expire(Allocation& allocation, TimePoint now);
  void expire_due(TimePoint now);
  void end(relay::AllocationId id, EndReason reason, TimePoint now);
  // Retracts the half's routes, then closes its relay and lets the port rest. The allocation goes on.
  void close_half(Allocation& allocation, Family family);
  // As clients see them.
  std::vector<ExternalEndpoint> relayed_addresses(const Allocation& allocation) const;

 private:
  template <class Part, class Predicate>
  void end_parts(const Allocation& allocation, std::vector<Part>& parts, Predicate ends) {
    for (const Part& part : parts) {
      if (ends(part)) out_.emit(RetractRoute{allocation.route(part)});
    }
    if (std::erase_if(parts, ends) > 0) table_.reschedule(allocation);
  }

  const AddressMap& external_;
  Ledger& ledger_;
  Outbox& out_;
  AllocationTable table_;
};

}  // namespace turnpike::turn
