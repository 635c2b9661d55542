#include "turnpike/worker/usage_desk.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::worker {

void UsageDesk::add_ended(relay::AllocationUsage ended) {
  if (reading_) reading_->ended.push_back(ended.allocation);
  ended_.push_back(std::move(ended));
  if (ended_.size() >= kEndedMax) report_ended();
}

void UsageDesk::report_ended() {
  if (sink_ && !ended_.empty()) sink_({worker_, std::nullopt, std::move(ended_)});
  ended_.clear();
}

void UsageDesk::read_some() {
  if (!reading_ && !waiting_.empty()) reading_ = Reading{ids_(), 0, {}, {}, std::exchange(waiting_, {})};
  if (!reading_) return;
  const std::size_t end = std::min(reading_->next + kAllocationsPerTurn, reading_->ids.size());
  for (; reading_->next < end; ++reading_->next) {
    if (auto usage = look_(reading_->ids[reading_->next])) reading_->live.push_back(std::move(*usage));
  }
  if (end == reading_->ids.size()) finish(*std::exchange(reading_, std::nullopt));
}

// What has ended since it was read is reported as such, and must not live again.
void UsageDesk::finish(Reading reading) {
  std::ranges::sort(reading.ended);
  const auto has_ended = [&](const auto& usage) {
    return std::ranges::binary_search(reading.ended, usage.allocation);
  };
  if (!reading.ended.empty()) std::erase_if(reading.live, has_ended);
  if (sink_) sink_({worker_, std::move(reading.live), std::exchange(ended_, {})});
  ended_.clear();
  for (const auto& done : reading.done) done();
}

}  // namespace turnpike::worker
