#include "turnpike/turn/answer_limiter.hpp"

#include <algorithm>

#include "turnpike/base/hash.hpp"

namespace turnpike::turn {
namespace {

constexpr std::size_t kBuckets = 16384;
constexpr Duration kBurst = std::chrono::seconds(1);

}  // namespace

AnswerLimiter::AnswerLimiter(std::uint32_t answers_per_second) {
  if (answers_per_second == 0) return;
  empty_at_.resize(kBuckets);
  cost_ = kBurst / answers_per_second;
}

bool AnswerLimiter::allow(const IpAddress& source, TimePoint now) {
  if (empty_at_.empty()) return true;
  TimePoint& empty_at = empty_at_[ByteHash{}(source) % kBuckets];
  const TimePoint next = std::max(empty_at, now) + cost_;
  if (next - now > kBurst) return false;
  empty_at = next;
  return true;
}

}  // namespace turnpike::turn
