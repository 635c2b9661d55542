// A sliding window of bits tells copies from stragglers.
#include "load/books.hpp"

#include <algorithm>

namespace turnpike::bench {

void FlowBook::advance(std::uint64_t to) {
  for (std::uint64_t i = std::max(next_, to > kWindow ? to - kWindow : 0); i < to; ++i) {
    seen_[i % kWindow / 64] &= ~(std::uint64_t{1} << i % 64);
  }
  next_ = to;
}

bool FlowBook::mark(std::uint64_t sequence) {
  std::uint64_t& word = seen_[sequence % kWindow / 64];
  const std::uint64_t bit = std::uint64_t{1} << sequence % 64;
  const bool before = (word & bit) != 0;
  word |= bit;
  return before;
}

bool FlowBook::receive(std::uint64_t sequence) {
  if (sequence >= totals_.sent) {
    ++totals_.corrupt;
    return false;
  }
  const bool behind = sequence < next_;
  if (!behind) advance(sequence + 1);
  const bool recent = next_ - sequence <= kWindow;
  if (recent && mark(sequence)) {
    ++totals_.duplicated;
    return false;
  }
  if (behind) ++totals_.reordered;
  ++totals_.received;
  return true;
}

}  // namespace turnpike::bench
