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

// Pointers stay valid until the allocation is erased.
class AllocationTable {
 public:
  Allocation& insert(Allocation allocation);
  void erase(relay::AllocationId id);

  Allocation* find(const FiveTuple& tuple);
  const Allocation* find(const FiveTuple& tuple) const;
  Allocation* find(relay::AllocationId id);
  const Allocation* find(relay::AllocationId id) const;
  Allocation* find_by_relay(const RelayEndpoint& relay);

  // After any change of lifetimes or halves.
  void reschedule(const Allocation& allocation);
  void forget_relay(const RelayEndpoint& relay) { by_relay_.erase(relay); }
  std::optional<TimePoint> next_deadline() const { return deadlines_.next(); }
  std::optional<relay::AllocationId> pop_due(TimePoint now) { return deadlines_.pop_due(now); }

  std::size_t size() const { return allocations_.size(); }
  std::vector<relay::AllocationId> ids() const;  // ascending, as the next
  std::vector<relay::AllocationId> ids_of(std::string_view user_id) const;

 private:
  std::unordered_map<relay::AllocationId, Allocation> allocations_;
  boost::unordered_flat_map<FiveTuple, relay::AllocationId, ByteHash> by_tuple_;
  boost::unordered_flat_map<RelayEndpoint, relay::AllocationId, ByteHash> by_relay_;
  std::set<std::pair<std::size_t, relay::AllocationId>> by_user_;  // by the hash of the user id
  DeadlineQueue<relay::AllocationId> deadlines_;
};

}  // namespace turnpike::turn
