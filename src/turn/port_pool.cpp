#include "turnpike/turn/port_pool.hpp"

#include "turnpike/base/check.hpp"

namespace turnpike::turn {
namespace {

constexpr std::size_t kLiveWords = 65536 / 64;
constexpr int kPairDraws = 16;

auto no_bits() { return std::make_unique<std::atomic<std::uint64_t>[]>(kLiveWords); }

template <class Bits>
bool has_bit(const Bits& bits, std::uint16_t port) {
  return bits[port / 64].load(std::memory_order_relaxed) >> (port % 64) & 1;
}

template <class Bits>
void set_bit(Bits& bits, std::uint16_t port, bool value) {
  const std::uint64_t bit = std::uint64_t{1} << (port % 64);
  if (value) {
    bits[port / 64].fetch_or(bit, std::memory_order_relaxed);
  } else {
    bits[port / 64].fetch_and(~bit, std::memory_order_relaxed);
  }
}

}  // namespace

PortPool::PortPool(const IpAddress& address, PortRange range)
    : address_(address), live_(no_bits()), visitors_(no_bits()) {
  set_range(range, [](std::uint16_t) { return false; });
}

void PortPool::set_range(PortRange range, const IsInUse& is_in_use) {
  range_ = range;
  for (auto& list : free_) list.clear();
  position_.assign(ports_total(), kNowhere);
  for (std::uint32_t each = range.min; each <= range.max; ++each) {
    const auto port = static_cast<std::uint16_t>(each);
    if (!is_in_use(port)) put_back(port);
  }
}

bool PortPool::is_live(std::uint16_t port) const { return has_bit(live_, port); }

bool PortPool::is_visitors(std::uint16_t port) const { return has_bit(visitors_, port); }

void PortPool::set_live(std::uint16_t port, bool live, bool visitors) {
  set_bit(visitors_, port, live && visitors);
  set_bit(live_, port, live);
}

void PortPool::put_back(std::uint16_t port) {
  TURNPIKE_CHECK(!is_free(port));
  if (!contains(port)) return;
  auto& list = free_[port % 2];
  position_[port - range_.min] = static_cast<std::uint16_t>(list.size());
  list.push_back(port);
}

void PortPool::take(std::uint16_t port) {
  TURNPIKE_CHECK(is_free(port));
  auto& list = free_[port % 2];
  const std::uint16_t index = position_[port - range_.min];
  list[index] = list.back();
  position_[list[index] - range_.min] = index;
  list.pop_back();
  position_[port - range_.min] = kNowhere;
}

std::optional<std::uint16_t> PortPool::pick(Parity parity, Random& random) const {
  if (parity == Parity::pair) return pick_pair(random);
  const std::size_t even = free_[0].size();
  const std::size_t odd = parity == Parity::any ? free_[1].size() : 0;
  if (even + odd == 0) return std::nullopt;
  const std::size_t draw = random.below(static_cast<std::uint32_t>(even + odd));
  return draw < even ? free_[0][draw] : free_[1][draw - even];
}

std::optional<std::uint16_t> PortPool::pick_pair(Random& random) const {
  const auto& even = free_[0];
  if (even.empty()) return std::nullopt;
  const auto count = static_cast<std::uint32_t>(even.size());
  for (int draw = 0; draw < kPairDraws; ++draw) {
    const std::uint16_t port = even[random.below(count)];
    if (is_free(static_cast<std::uint16_t>(port + 1))) return port;
  }
  // Few pairs are left: look at all, from a random one on.
  const std::uint32_t start = random.below(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint16_t port = even[(start + i) % count];
    if (is_free(static_cast<std::uint16_t>(port + 1))) return port;
  }
  return std::nullopt;
}

}  // namespace turnpike::turn
