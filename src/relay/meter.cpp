#include "turnpike/relay/meter.hpp"

namespace turnpike::relay {

Budgets::Budgets(std::uint64_t bytes_per_second, std::uint32_t number_max) : number_max_(number_max) {
  set_rate(bytes_per_second);
}

void Budgets::set_rate(std::uint64_t bytes_per_second) {
  if (bytes_per_second != 0 && !full_at_ns_) full_at_ns_.reset(new FullAt[number_max_ + 1]{});
  bytes_per_second_.store(bytes_per_second, std::memory_order_release);
}

bool Budgets::take(std::uint32_t number, std::size_t bytes, TimePoint now) {
  const Gcra rate = this->rate();
  if (!rate.is_limited() || number == 0) return true;
  const Duration cost = rate.cost(bytes);
  auto& full_at_ns = full_at_ns_[number];
  for (Duration::rep seen_ns = full_at_ns.load(std::memory_order_relaxed);;) {
    TimePoint full_at{Duration(seen_ns)};
    if (!Gcra::take(full_at, cost, now)) return false;
    const Duration::rep next_ns = full_at.time_since_epoch().count();
    if (full_at_ns.compare_exchange_weak(seen_ns, next_ns, std::memory_order_relaxed)) return true;
  }
}

void Budgets::give_back(std::uint32_t number, std::size_t bytes) {
  const Gcra rate = this->rate();
  if (rate.is_limited() && number != 0)
    full_at_ns_[number].fetch_sub(rate.cost(bytes).count(), std::memory_order_relaxed);
}

Meters::Meters(std::uint64_t bytes_per_second_per_user, std::uint32_t meters_max,
               std::uint64_t bytes_per_second_per_room)
    : users_(bytes_per_second_per_user, meters_max),
      rooms_(bytes_per_second_per_room, meters_max),
      limits_(users_.is_limited() || rooms_.is_limited()),
      room_of_(new std::atomic<RoomNumber>[meters_max + 1]()) {}

bool Meters::admit_limited(MeterId meter, std::size_t bytes, TimePoint now) {
  if (!users_.take(meter, bytes, now)) return false;
  if (!limits_rooms() || rooms_.take(room_of_[meter].load(std::memory_order_relaxed), bytes, now))
    return true;
  users_.give_back(meter, bytes);
  return false;
}

}  // namespace turnpike::relay
