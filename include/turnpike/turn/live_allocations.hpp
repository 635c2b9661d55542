// The live allocations of one server. Every change emits its effects: routes published and retracted, relays
// closed, places given back.
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

// Changes allocations and emits the effects of each change. Not thread-safe.
class LiveAllocations {
 public:
  // `external`: the addresses that clients see in place of relay addresses. All three arguments must outlive
  // the object.
  LiveAllocations(const AddressMap& external, Ledger& ledger, Outbox& out)
      : external_(external), ledger_(ledger), out_(out) {}

  const AllocationTable& table() const { return table_; }
  // Returns the allocation of the 5-tuple, or nullptr. Expires the allocation first if its time has come.
  Allocation* find(const FiveTuple& tuple, TimePoint now);
  Allocation* find(relay::AllocationId id) { return table_.find(id); }
  Allocation* find_by_relay(const RelayEndpoint& relay) { return table_.find_by_relay(relay); }

  // Adds a new allocation. Precondition: its relays are open and its place and ports are held.
  const Allocation& begin(Allocation allocation, std::uint32_t lifetime_s);
  // Adds an allocation of an earlier process and publishes all its routes.
  void restore(const Allocation& saved);

  // Publishes every route whose deadline differs from the published one. Must be called after a change of
  // lifetimes, permissions or channels.
  void update(Allocation& allocation);
  // Ends the channels or permissions for which `ends` returns true, and retracts their routes.
  template <class Predicate>
  void end_channels(Allocation& allocation, Predicate ends) {
    end_parts(allocation, allocation.channels, ends);
  }
  template <class Predicate>
  void end_permissions(Allocation& allocation, Predicate ends) {
    end_parts(allocation, allocation.permissions, ends);
  }

  // Ends all parts of the allocation that are due. Ends the allocation too if its last half is due, which
  // makes the reference dangle.
  void expire(Allocation& allocation, TimePoint now);
  // Expires all allocations that are due.
  void expire_due(TimePoint now);
  // Ends an allocation. Precondition: it exists.
  void end(relay::AllocationId id, EndReason reason, TimePoint now);
  // Retracts the routes of one half and closes its relay. The allocation itself stays. Precondition: the half
  // exists.
  void close_half(Allocation& allocation, Family family);
  // Returns the relayed transport addresses as clients see them.
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
