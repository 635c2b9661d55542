#include "turnpike/base/answer_limiter.hpp"

#include "turnpike/base/hash.hpp"

namespace turnpike {
namespace {

constexpr std::size_t kBudgets = 16384;

}  // namespace

AnswerLimiter::AnswerLimiter(std::uint32_t answers_per_second)
    : rate_(answers_per_second), budgets_(rate_.is_limited() ? kBudgets : 0) {}

bool AnswerLimiter::allow(const IpAddress& source, TimePoint now) {
  if (!rate_.is_limited()) return true;
  const Origin origin = origin_of(source);
  if (!take(origin.subscriber, rate_.cost(1), now)) return false;
  return !origin.has_site() || take(origin.site, rate_.cost(1) / kSubscribersOfSite, now);
}

bool AnswerLimiter::would_allow(const IpAddress& source, TimePoint now) const {
  if (!rate_.is_limited()) return true;
  const Origin origin = origin_of(source);
  if (!has_left(origin.subscriber, rate_.cost(1), now)) return false;
  return !origin.has_site() || has_left(origin.site, rate_.cost(1) / kSubscribersOfSite, now);
}

std::size_t AnswerLimiter::index(const IpPrefix& source) { return ByteHash{}(source) % kBudgets; }

bool AnswerLimiter::has_left(const IpPrefix& source, Duration cost, TimePoint now) const {
  TimePoint budget = budgets_[index(source)].load(std::memory_order_relaxed);
  return Gcra::take(budget, cost, now);
}

bool AnswerLimiter::take(const IpPrefix& source, Duration cost, TimePoint now) {
  std::atomic<TimePoint>& budget = budgets_[index(source)];
  TimePoint before = budget.load(std::memory_order_relaxed);
  TimePoint after = before;
  do {
    after = before;
    if (!Gcra::take(after, cost, now)) return false;
  } while (!budget.compare_exchange_weak(before, after, std::memory_order_relaxed));
  return true;
}

}  // namespace turnpike
