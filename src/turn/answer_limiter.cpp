#include "turnpike/turn/answer_limiter.hpp"

#include "turnpike/base/hash.hpp"

namespace turnpike::turn {
namespace {

constexpr std::size_t kBudgets = 16384;

}  // namespace

AnswerLimiter::AnswerLimiter(std::uint32_t answers_per_second) : rate_(answers_per_second) {
  if (rate_.is_limited()) budgets_.resize(kBudgets);
}

bool AnswerLimiter::allow(const IpAddress& source, TimePoint now) {
  if (!rate_.is_limited()) return true;
  return Gcra::take(budgets_[ByteHash{}(source) % kBudgets], rate_.cost(1), now);
}

}  // namespace turnpike::turn
