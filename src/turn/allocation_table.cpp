#include "turnpike/turn/allocation_table.hpp"

#include <algorithm>
#include <functional>

namespace turnpike::turn {
namespace {

std::size_t hash(std::string_view user_id) { return std::hash<std::string_view>{}(user_id); }

}  // namespace

Allocation& AllocationTable::insert(Allocation allocation) {
  const relay::AllocationId id = allocation.id;
  Allocation& stored = allocations_.insert_or_assign(id, std::move(allocation)).first->second;
  by_tuple_[stored.client.tuple] = id;
  by_user_.emplace(hash(stored.identity.user_id), id);
  for (const RelayHalf& half : stored.halves) by_relay_[half.relay] = id;
  reschedule(stored);
  return stored;
}

void AllocationTable::erase(relay::AllocationId id) {
  const auto found = allocations_.find(id);
  if (found == allocations_.end()) return;
  by_tuple_.erase(found->second.client.tuple);
  by_user_.erase({hash(found->second.identity.user_id), id});
  for (const RelayHalf& half : found->second.halves) by_relay_.erase(half.relay);
  deadlines_.remove(id);
  allocations_.erase(found);
}

const Allocation* AllocationTable::find(relay::AllocationId id) const {
  const auto found = allocations_.find(id);
  return found == allocations_.end() ? nullptr : &found->second;
}

const Allocation* AllocationTable::find(const FiveTuple& tuple) const {
  const auto found = by_tuple_.find(tuple);
  return found == by_tuple_.end() ? nullptr : find(found->second);
}

Allocation* AllocationTable::find(relay::AllocationId id) {
  return const_cast<Allocation*>(std::as_const(*this).find(id));
}
Allocation* AllocationTable::find(const FiveTuple& tuple) {
  return const_cast<Allocation*>(std::as_const(*this).find(tuple));
}

Allocation* AllocationTable::find_by_relay(const RelayEndpoint& relay) {
  const auto found = by_relay_.find(relay);
  return found == by_relay_.end() ? nullptr : find(found->second);
}

void AllocationTable::reschedule(const Allocation& allocation) {
  deadlines_.set(allocation.id, allocation.next_deadline());
}

std::vector<relay::AllocationId> AllocationTable::ids() const {
  std::vector<relay::AllocationId> ids;
  for (const auto& [id, allocation] : allocations_) ids.push_back(id);
  std::ranges::sort(ids);
  return ids;
}

std::vector<relay::AllocationId> AllocationTable::ids_of(std::string_view user_id) const {
  std::vector<relay::AllocationId> ids;
  const std::size_t hashed = hash(user_id);
  for (auto each = by_user_.lower_bound({hashed, 0}); each != by_user_.end() && each->first == hashed;
       ++each) {
    if (find(each->second)->identity.user_id == user_id) ids.push_back(each->second);
  }
  return ids;
}

}  // namespace turnpike::turn
