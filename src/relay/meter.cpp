#include "turnpike/relay/meter.hpp"

#include <algorithm>

namespace turnpike::relay {
namespace {

template <class Word>
Word load(Word& word) {
  return std::atomic_ref(word).load(std::memory_order_relaxed);
}

template <class Word>
void store(Word& word, Word value) {
  std::atomic_ref(word).store(value, std::memory_order_relaxed);
}

// src/kernel/budget.h has the same for the program.
bool take(FullAt& word, Duration cost, TimePoint now) {
  const std::atomic_ref full_at_ns(word);
  for (FullAt seen_ns = full_at_ns.load(std::memory_order_relaxed);;) {
    TimePoint full_at{Duration(seen_ns)};
    if (!Gcra::take(full_at, cost, now)) return false;
    const FullAt next_ns = full_at.time_since_epoch().count();
    if (full_at_ns.compare_exchange_weak(seen_ns, next_ns, std::memory_order_relaxed)) return true;
  }
}

void give_back(FullAt& word, Duration cost) {
  std::atomic_ref(word).fetch_sub(cost.count(), std::memory_order_relaxed);
}

}  // namespace

Meters::Meters(const ByteRates& rates, std::uint32_t meters_max) : meters_max_(meters_max) {
  memory_.rates = &own_rates_;
  set_rates(rates);
}

Meters::Meters(const ByteRates& rates, const BudgetMemory& memory) : meters_max_(0), memory_(memory) {
  set_rates(rates);
}

void Meters::set_rates(const ByteRates& rates) {
  const bool is_limited = rates.per_user != 0 || rates.per_room != 0 || rates.per_visitor != 0;
  if (is_limited && memory_.users.empty()) hold_memory();
  store(memory_.rates->visitors_from, rates.visitors_from);  // first: it begins as 0, which is everybody
  store(memory_.rates->per_user, rates.per_user);
  store(memory_.rates->per_room, rates.per_room);
  store(memory_.rates->per_visitor, rates.per_visitor);
  limits_.store(is_limited, std::memory_order_release);
}

void Meters::hold_memory() {
  const std::size_t count = std::size_t{meters_max_} + 1;
  own_users_ = std::make_unique<UserBudget[]>(count);
  own_rooms_ = std::make_unique<FullAt[]>(count);
  memory_.users = {own_users_.get(), count};
  memory_.rooms = {own_rooms_.get(), count};
}

bool Meters::limits_rooms() const { return load(memory_.rates->per_room) != 0; }

void Meters::put_in_room(MeterId meter, RoomNumber room) { store(memory_.users[meter].room, room); }

bool Meters::admit_limited(MeterId meter, std::size_t bytes, TimePoint now) {
  if (meter == 0) return true;
  const bool is_visitor = meter >= load(memory_.rates->visitors_from);
  const Gcra user_rate(load(is_visitor ? memory_.rates->per_visitor : memory_.rates->per_user));
  const Gcra room_rate(load(memory_.rates->per_room));
  const std::size_t charged = std::max(bytes, kPayloadMin);
  UserBudget& user = memory_.users[meter];
  const Duration of_user = user_rate.is_limited() ? user_rate.cost(charged) : Duration::zero();
  if (user_rate.is_limited() && !take(user.full_at_ns, of_user, now)) return false;
  const RoomNumber room = room_rate.is_limited() ? load(user.room) : 0;
  if (room == 0 || take(memory_.rooms[room], room_rate.cost(charged), now)) return true;
  give_back(user.full_at_ns, of_user);
  return false;
}

}  // namespace turnpike::relay
