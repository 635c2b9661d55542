#include "turnpike/path/connection_limiter.hpp"

namespace turnpike::path {
namespace {

constexpr Duration kStarvedFor = std::chrono::seconds(1);  // a listener that rests asks more often

}  // namespace

std::uint32_t ConnectionLimiter::held_by(const IpPrefix& prefix) const {
  const auto found = held_.find(prefix);
  return found == held_.end() ? 0 : found->second;
}

std::optional<ConnectionLimiter::Full> ConnectionLimiter::full_for(const Origin& origin) const {
  if (limits_.per_address != 0) {
    const std::uint64_t of_site = std::uint64_t{limits_.per_address} * kSubscribersOfSite;
    if (held_by(origin.subscriber) >= limits_.per_address) return Full::address;
    if (origin.has_site() && held_by(origin.site) >= of_site) return Full::address;
  }
  if (limits_.in_all == 0) return std::nullopt;
  if (in_all_ >= limits_.in_all) return Full::in_all;
  if (strangers_ >= (limits_.in_all + 1) / 2) return Full::strangers;
  return std::nullopt;
}

void ConnectionLimiter::set_limits(const ConnectionLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

std::optional<ConnectionLimiter::Full> ConnectionLimiter::acquire(const IpAddress& address) {
  const Origin origin = origin_of(address);
  const std::lock_guard lock(mutex_);
  if (const auto full = full_for(origin)) return full;
  ++in_all_;
  ++strangers_;
  ++held_[origin.subscriber];
  if (origin.has_site()) ++held_[origin.site];
  return std::nullopt;
}

void ConnectionLimiter::release(const IpAddress& address, bool is_stranger) {
  const Origin origin = origin_of(address);
  const std::lock_guard lock(mutex_);
  --in_all_;
  strangers_ -= is_stranger ? 1 : 0;
  give_back(origin.subscriber);
  if (origin.has_site()) give_back(origin.site);
}

void ConnectionLimiter::give_back(const IpPrefix& prefix) {
  const auto found = held_.find(prefix);
  if (--found->second == 0) held_.erase(found);
}

bool ConnectionLimiter::claim(const FiveTuple& client) {
  const std::lock_guard lock(mutex_);
  return clients_.insert(client).second;
}

void ConnectionLimiter::give_up(const FiveTuple& client) {
  const std::lock_guard lock(mutex_);
  clients_.erase(client);
}

bool ConnectionLimiter::pass(std::uint32_t descriptors) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t then = passed_descriptors_ + descriptors;
  if (limits_.passed_descriptors != 0 && then > limits_.passed_descriptors) return false;
  passed_descriptors_ = then;
  return true;
}

void ConnectionLimiter::end_passed(std::uint32_t descriptors) {
  const std::lock_guard lock(mutex_);
  passed_descriptors_ -= descriptors;
}

ConnectionLimiter::Counts ConnectionLimiter::counts() {
  const std::lock_guard lock(mutex_);
  return {in_all_, strangers_};
}

std::string_view ConnectionLimiter::obstacle(TimePoint now) {
  const TimePoint starved_at = starved_at_;
  if (starved_at != TimePoint::min() && now < starved_at + kStarvedFor) return "out_of_descriptors";
  const std::lock_guard lock(mutex_);
  return limits_.in_all != 0 && in_all_ >= limits_.in_all ? "connections_full" : "";
}

void ConnectionLimiter::become(bool is_stranger) {
  const std::lock_guard lock(mutex_);
  is_stranger ? ++strangers_ : --strangers_;
}

}  // namespace turnpike::path
