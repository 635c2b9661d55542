#include "turnpike/relay/meter.hpp"

#include <algorithm>

namespace turnpike::relay {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

}  // namespace

Meters::Meters(std::uint64_t bytes_per_second, std::uint32_t meters_max) : bytes_per_second_(bytes_per_second) {
  if (bytes_per_second_ != 0) full_at_ns_.reset(new std::atomic<std::int64_t>[meters_max + 1] {});
}

bool Meters::admit(turn::MeterId meter, std::size_t bytes, TimePoint now) {
  if (bytes_per_second_ == 0 || meter == 0) return true;
  const std::int64_t now_ns = now.time_since_epoch().count();
  const auto cost_ns = static_cast<std::int64_t>(bytes * static_cast<std::uint64_t>(kSecondNs) / bytes_per_second_);
  auto& full_at = full_at_ns_[meter];
  std::int64_t seen = full_at.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t next = std::max(seen, now_ns) + cost_ns;
    if (next - now_ns > kSecondNs) return false;
    if (full_at.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return true;
  }
}

}  // namespace turnpike::relay
