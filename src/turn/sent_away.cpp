#include "turnpike/turn/sent_away.hpp"

#include <algorithm>

#include "turnpike/base/origin.hpp"

namespace turnpike::turn {

std::optional<Detour> SentAway::repeat(const Asking& asking, TimePoint now) {
  expire(now);
  const auto found = clients_.find({origin_of(asking.address).subscriber.address, asking.user_id});
  const bool is_repeated = found != clients_.end() && found->second.latest == asking.request;
  return is_repeated ? std::optional(found->second.detour) : std::nullopt;
}

bool SentAway::send(const Asking& asking, const Detour& detour, int times, TimePoint now) {
  expire(now);
  Client& client = find_or_add({origin_of(asking.address).subscriber.address, asking.user_id}, now);
  if (client.times >= times) return false;
  ++client.times;
  client.latest = asking.request;
  client.detour = detour;
  count(detour.first);
  return true;
}

void SentAway::count(const Endpoint& at) {
  const auto found = std::ranges::find(sent_, at, &SentTo::at);
  if (found != sent_.end()) {
    ++found->clients;
  } else if (sent_.size() < kSentToMax) {
    sent_.push_back({at, 1});
  }
}

std::vector<SentTo> SentAway::take_sent() { return std::exchange(sent_, {}); }

void SentAway::expire(TimePoint now) {
  while (!in_order_.empty() && in_order_.front()->second.since + kReturnsWithin <= now) forget_first();
}

SentAway::Client& SentAway::find_or_add(const Key& key, TimePoint now) {
  const auto found = clients_.find(key);
  if (found != clients_.end()) return found->second;
  if (!in_order_.empty() && clients_.size() >= clients_max_) forget_first();
  const auto added = clients_.emplace(key, Client{.since = now}).first;
  in_order_.push_back(added);
  return added->second;
}

void SentAway::forget_first() {
  clients_.erase(in_order_.front());
  in_order_.pop_front();
}

}  // namespace turnpike::turn
