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

void add(std::uint64_t& counter, std::uint64_t bytes) {
  std::atomic_ref(counter).fetch_add(bytes, std::memory_order_relaxed);
}

template <class Budget>
Taken taken_from(Budget& budget, TimePoint now) {
  constexpr Duration kNearlyAll = std::chrono::milliseconds(750);
  const Duration owed(load(budget.full_at_ns) - now.time_since_epoch().count());
  return {load(budget.taken), owed >= kNearlyAll};
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
  own_rooms_ = std::make_unique<RoomBudget[]>(count);
  memory_.users = {own_users_.get(), count};
  memory_.rooms = {own_rooms_.get(), count};
}

bool Meters::limits_rooms() const { return load(memory_.rates->per_room) != 0; }

void Meters::put_in_room(MeterId meter, RoomNumber room) { store(memory_.users[meter].room, room); }

void Meters::count_taken(bool are_counted) { store(memory_.rates->are_counted, std::uint64_t{are_counted}); }

Taken Meters::taken_by(MeterId meter, TimePoint now) const {
  return meter < memory_.users.size() ? taken_from(memory_.users[meter], now) : Taken{};
}

Taken Meters::taken_in(RoomNumber room, TimePoint now) const {
  return room < memory_.rooms.size() ? taken_from(memory_.rooms[room], now) : Taken{};
}

void Meters::set_share_of_user(MeterId meter, Share share) {
  if (meter < memory_.users.size()) store(memory_.users[meter].share, share);
}

void Meters::set_share_of_room(RoomNumber room, Share share) {
  if (room < memory_.rooms.size()) store(memory_.rooms[room].share, share);
}

bool Meters::admit_limited(MeterId meter, std::size_t bytes, TimePoint now) {
  if (meter == 0) return true;
  const bool is_visitor = meter >= load(memory_.rates->visitors_from);
  const std::size_t charged = std::max(bytes, kPayloadMin);
  UserBudget& user = memory_.users[meter];
  const Gcra user_rate(
      share_of(load(is_visitor ? memory_.rates->per_visitor : memory_.rates->per_user), load(user.share)));
  const Duration of_user = user_rate.is_limited() ? user_rate.cost(charged) : Duration::zero();
  if (user_rate.is_limited() && !take(user.full_at_ns, of_user, now)) return false;
  const std::uint64_t per_room = load(memory_.rates->per_room);
  const RoomNumber number = per_room != 0 ? load(user.room) : 0;
  const bool are_counted = load(memory_.rates->are_counted) != 0;
  if (number != 0) {
    RoomBudget& room = memory_.rooms[number];
    if (!take(room.full_at_ns, Gcra(share_of(per_room, load(room.share))).cost(charged), now)) {
      give_back(user.full_at_ns, of_user);
      return false;
    }
    if (are_counted) add(room.taken, charged);
  }
  if (are_counted) add(user.taken, charged);
  return true;
}

}  // namespace turnpike::relay
