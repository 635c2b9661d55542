#include "turnpike/path/lane.hpp"

#include <utility>

namespace turnpike::path {

std::optional<Lane::Next> Lane::next() {
  const auto first = ring_next_ ? next_ready() : next_waiting();
  const auto next = first ? first : (ring_next_ ? next_waiting() : next_ready());
  if (next) ring_next_ = next->waited;
  return next;
}

std::optional<Lane::Next> Lane::next_waiting() {
  if (waiting_left_ == 0 || !has_requests()) return std::nullopt;
  --waiting_left_;
  const StreamId id = waiting_.front();
  waiting_.pop_front();
  return Next{id, true};
}

std::optional<Lane::Next> Lane::next_ready() {
  if (left_.connections == 0 || left_.bytes == 0) return std::nullopt;
  --left_.connections;
  if (std::exchange(ready_, false)) ring_.poll();
  const auto ready = ring_.next();
  if (!ready) return std::nullopt;
  return Next{static_cast<StreamId>(ready->token), false};
}

}  // namespace turnpike::path
