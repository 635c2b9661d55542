#include "turnpike/worker/session_desk.hpp"

#include <algorithm>
#include <functional>

namespace turnpike::worker {

void SessionDesk::read_some() {
  if (!reading_ && !waiting_.empty()) {
    auto [query, done] = std::move(waiting_.front());
    waiting_.pop_front();
    auto ids = worker_.ids(query);
    const bool is_rating = query.busiest;
    reading_ = Open{std::move(query), std::move(done), std::move(ids), 0, {}, is_rating, {}};
  }
  if (!reading_) return;
  if (reading_->is_rating) return rate_some(*reading_);
  if (!look_at_some(*reading_)) return;
  const Open over = *std::exchange(reading_, std::nullopt);
  over.done(over.page);
}

// Then those that relay most are the ones to look at.
void SessionDesk::rate_some(Open& open) {
  const std::size_t end = std::min(open.next + kRatesPerTurn, open.ids.size());
  for (; open.next < end; ++open.next) {
    const relay::AllocationId id = open.ids[open.next];
    if (const auto rate = worker_.rate(id)) open.rates.emplace_back(*rate, id);
  }
  if (open.next < open.ids.size()) return;
  open.page.has_more = open.rates.size() > open.query.max;
  const std::size_t count = std::min(open.query.max, open.rates.size());
  std::ranges::partial_sort(open.rates, open.rates.begin() + static_cast<std::ptrdiff_t>(count),
                            std::ranges::greater());
  open.ids.clear();
  for (std::size_t i = 0; i < count; ++i) open.ids.push_back(open.rates[i].second);
  open.next = 0;
  open.is_rating = false;
}

// Whether that was all.
bool SessionDesk::look_at_some(Open& open) {
  auto& sessions = open.page.sessions;
  const std::size_t end = std::min(open.next + kSessionsPerTurn, open.ids.size());
  for (; open.next < end && sessions.size() < open.query.max; ++open.next) {
    if (auto session = worker_.look(open.ids[open.next])) sessions.push_back(std::move(*session));
  }
  const bool is_full = sessions.size() >= open.query.max;
  if (is_full && open.next < open.ids.size()) open.page.has_more = true;
  return is_full || open.next == open.ids.size();
}

}  // namespace turnpike::worker
