#include "turnpike/worker/counter_desk.hpp"

#include <algorithm>

namespace turnpike::worker {
namespace {

// What does not grow is no news.
std::uint64_t growth(std::uint64_t now, std::uint64_t& known) {
  const std::uint64_t before = std::exchange(known, std::max(known, now));
  return known - before;
}

}  // namespace

relay::Traffic TrafficGrowth::take(relay::AllocationId allocation, const relay::Traffic& traffic) {
  if (traffic == relay::Traffic{}) return {};
  relay::Traffic& known = known_[allocation];
  return {.packets_from_client = growth(traffic.packets_from_client, known.packets_from_client),
          .bytes_from_client = growth(traffic.bytes_from_client, known.bytes_from_client),
          .packets_to_client = growth(traffic.packets_to_client, known.packets_to_client),
          .bytes_to_client = growth(traffic.bytes_to_client, known.bytes_to_client),
          .packets_dropped = growth(traffic.packets_dropped, known.packets_dropped)};
}

void CounterDesk::read_some() {
  if (asking_.empty()) {
    if (waiting_.empty()) return;
    asking_ = std::exchange(waiting_, {});
    to_read_ = ids_();
    next_ = 0;
  }
  const std::size_t end = std::min(next_ + kAllocationsPerTurn, to_read_.size());
  for (; next_ < end; ++next_) read_(to_read_[next_]);
  if (next_ < to_read_.size()) return;
  for (const auto& done : std::exchange(asking_, {})) done();
}

}  // namespace turnpike::worker
