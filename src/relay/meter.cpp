#include "turnpike/relay/meter.hpp"

#include <algorithm>

namespace turnpike::relay {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

}  // namespace

Budgets::Budgets(std::uint64_t bytes_per_second, std::uint32_t number_max)
    : bytes_per_second_(bytes_per_second) {
  if (is_limited()) full_at_ns_.reset(new std::atomic<std::int64_t>[number_max + 1] {});
}

std::int64_t Budgets::cost_ns(std::size_t bytes) const {
  return static_cast<std::int64_t>(bytes * static_cast<std::uint64_t>(kSecondNs) / bytes_per_second_);
}

bool Budgets::take(std::uint32_t number, std::size_t bytes, TimePoint now) {
  if (!is_limited() || number == 0) return true;
  const std::int64_t now_ns = now.time_since_epoch().count();
  const std::int64_t cost = cost_ns(bytes);
  auto& full_at = full_at_ns_[number];
  std::int64_t seen = full_at.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t next = std::max(seen, now_ns) + cost;
    if (next - now_ns > kSecondNs) return false;
    if (full_at.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return true;
  }
}

void Budgets::give_back(std::uint32_t number, std::size_t bytes) {
  if (is_limited() && number != 0) full_at_ns_[number].fetch_sub(cost_ns(bytes), std::memory_order_relaxed);
}

Meters::Meters(std::uint64_t bytes_per_second_per_user, std::uint32_t meters_max,
               std::uint64_t bytes_per_second_per_room)
    : users_(bytes_per_second_per_user, meters_max), rooms_(bytes_per_second_per_room, meters_max) {
  if (limits_rooms()) room_of_.reset(new std::atomic<RoomNumber>[meters_max + 1] {});
}

bool Meters::admit(MeterId meter, std::size_t bytes, TimePoint now) {
  if (!users_.take(meter, bytes, now)) return false;
  if (!limits_rooms() || rooms_.take(room_of_[meter].load(std::memory_order_relaxed), bytes, now))
    return true;
  users_.give_back(meter, bytes);
  return false;
}

}  // namespace turnpike::relay
