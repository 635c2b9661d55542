// The allocations of one worker, found by 5-tuple, by id and by relayed transport address.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "turnpike/base/deadline_queue.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/turn/allocation.hpp"

namespace turnpike::turn {

// Holds allocations and their deadlines. Look-ups return nullptr if there is no such allocation; a pointer
// stays valid until its allocation is erased. Not thread-safe.
class AllocationTable {
 public:
  // Adds an allocation. Precondition: its id, 5-tuple and relayed addresses are not in the table.
  Allocation& insert(Allocation allocation);
  void erase(relay::AllocationId id);

  Allocation* find(const FiveTuple& tuple);
  const Allocation* find(const FiveTuple& tuple) const;
  Allocation* find(relay::AllocationId id);
  const Allocation* find(relay::AllocationId id) const;
  Allocation* find_by_relay(const RelayEndpoint& relay);

  // Updates the deadline of the allocation. Must be called after every change of its lifetimes, halves,
  // permissions or channels.
  void reschedule(const Allocation& allocation);
  // Removes one relayed address from the look-up, when its half is closed before the allocation ends.
  void forget_relay(const RelayEndpoint& relay) { by_relay_.erase(relay); }
  std::optional<TimePoint> next_deadline() const { return deadlines_.next(); }
  // Removes the earliest deadline that is not after `now` and returns its allocation; nullopt if none is due.
  std::optional<relay::AllocationId> pop_due(TimePoint now) { return deadlines_.pop_due(now); }

  std::size_t size() const { return allocations_.size(); }
  // Both lists are in ascending order.
  std::vector<relay::AllocationId> ids() const;
  std::vector<relay::AllocationId> ids_of(std::string_view user_id) const;

 private:
  std::unordered_map<relay::AllocationId, Allocation> allocations_;
  boost::unordered_flat_map<FiveTuple, relay::AllocationId, ByteHash> by_tuple_;
  boost::unordered_flat_map<RelayEndpoint, relay::AllocationId, ByteHash> by_relay_;
  std::set<std::pair<std::size_t, relay::AllocationId>> by_user_;  // first: hash of the user id
  DeadlineQueue<relay::AllocationId> deadlines_;
};

}  // namespace turnpike::turn
