#include "turnpike/turn/port_pool.hpp"

#include <algorithm>

#include "turnpike/base/check.hpp"

namespace turnpike::turn {
namespace {

constexpr std::uint16_t kNowhere = 0xFFFF;  // free_ holds at most 32,768 ports of one parity
constexpr std::size_t kLiveWords = 65536 / 64;
constexpr int kPairDraws = 16;

}  // namespace

PortPool::PortPool(const IpAddress& address, PortRange range, Duration quiet)
    : address_(address),
      range_(range),
      quiet_(quiet),
      position_(ports_total(), kNowhere),
      live_(new std::atomic<std::uint64_t>[kLiveWords] {}) {
  for (std::uint32_t port = range.min; port <= range.max; ++port) put_free(static_cast<std::uint16_t>(port));
}

bool PortPool::is_live(std::uint16_t port) const {
  return live_[port / 64].load(std::memory_order_relaxed) >> (port % 64) & 1;
}

bool PortPool::is_free(std::uint16_t port) const {
  return port >= range_.min && port <= range_.max && position_[port - range_.min] != kNowhere;
}

void PortPool::put_free(std::uint16_t port) {
  auto& list = free_[port % 2];
  position_[port - range_.min] = static_cast<std::uint16_t>(list.size());
  list.push_back(port);
}

void PortPool::take_free(std::uint16_t port) {
  auto& list = free_[port % 2];
  const std::uint16_t index = position_[port - range_.min];
  list[index] = list.back();
  position_[list[index] - range_.min] = index;
  list.pop_back();
  position_[port - range_.min] = kNowhere;
}

void PortPool::mark_leased(std::uint16_t port, bool live) {
  const std::uint64_t bit = std::uint64_t{1} << (port % 64);
  if (live) {
    live_[port / 64].fetch_or(bit, std::memory_order_relaxed);
    ++leased_;
  } else {
    live_[port / 64].fetch_and(~bit, std::memory_order_relaxed);
    --leased_;
  }
}

void PortPool::wake(TimePoint now) {
  while (!resting_.empty() && resting_.front().until <= now) {
    put_free(resting_.front().port);
    resting_.pop_front();
  }
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

std::optional<std::uint16_t> PortPool::lease(Parity parity, Random& random, TimePoint now) {
  wake(now);
  const auto port = pick(parity, random);
  if (!port) return std::nullopt;
  take_free(*port);
  mark_leased(*port, true);
  if (parity == Parity::pair) {
    const auto odd = static_cast<std::uint16_t>(*port + 1);
    take_free(odd);
    mark_leased(odd, true);
  }
  return port;
}

bool PortPool::claim(std::uint16_t port) {
  if (port < range_.min || port > range_.max || is_live(port)) return false;
  if (is_free(port)) {
    take_free(port);
  } else {
    std::erase_if(resting_, [port](const Resting& resting) { return resting.port == port; });
  }
  mark_leased(port, true);
  return true;
}

void PortPool::release(std::uint16_t port, TimePoint now) {
  TURNPIKE_CHECK(is_live(port));
  mark_leased(port, false);
  resting_.push_back({port, now + quiet_});
}

}  // namespace turnpike::turn
