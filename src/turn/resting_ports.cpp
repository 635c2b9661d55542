#include "turnpike/turn/resting_ports.hpp"

#include <algorithm>

namespace turnpike::turn {
namespace {

bool is_even(const RelayEndpoint& relay) { return relay.port % 2 == 0; }

}  // namespace

void RestingPorts::add(const RelayEndpoint& relay, const std::string& owner, TimePoint now) {
  const std::uint64_t number = next_number_++;
  rests_[relay] = {number, now, owner};
  all_[index(relay.family())].emplace(number, relay);
  if (is_even(relay)) even_[index(relay.family())].emplace(number, relay);
  if (!owner.empty()) by_owner_[owner].emplace(number, relay);
}

bool RestingPorts::take(const RelayEndpoint& relay) {
  const auto found = rests_.find(relay);
  if (found == rests_.end()) return false;
  const std::uint64_t number = found->second.number;
  all_[index(relay.family())].erase(number);
  even_[index(relay.family())].erase(number);
  if (const auto own = by_owner_.find(found->second.owner); own != by_owner_.end()) {
    own->second.erase(number);
    if (own->second.empty()) by_owner_.erase(own);
  }
  rests_.erase(found);
  return true;
}

std::vector<RelayEndpoint> RestingPorts::take_rested(TimePoint now) {
  std::vector<RelayEndpoint> rested;
  for (const Order& order : all_) {
    while (!order.empty() && rests_.at(order.begin()->second).since + quiet_ <= now) {
      rested.push_back(order.begin()->second);
      take(rested.back());
    }
  }
  return rested;
}

std::vector<RelayEndpoint> RestingPorts::take_outside(const PortRange& range) {
  std::vector<RelayEndpoint> outside;
  for (const auto& [relay, rest] : rests_) {
    if (!range.contains(relay.port)) outside.push_back(relay);
  }
  for (const RelayEndpoint& relay : outside) take(relay);
  return outside;
}

bool RestingPorts::is_pair_of(const std::string& owner, const RelayEndpoint& even) const {
  const auto odd = rests_.find(partner_of(even));
  return odd != rests_.end() && odd->second.owner == owner;
}

std::optional<RelayEndpoint> RestingPorts::longest_of(const std::string& owner, Family family, Parity parity,
                                                      const IsHere& is_here) const {
  const auto own = by_owner_.find(owner);
  if (own == by_owner_.end()) return std::nullopt;
  const auto found = std::ranges::find_if(own->second, [&](const auto& entry) {
    const RelayEndpoint& relay = entry.second;
    if (relay.family() != family || (parity != Parity::any && !is_even(relay))) return false;
    if (!is_here(relay.address)) return false;
    return parity != Parity::pair || is_pair_of(owner, relay);
  });
  return found == own->second.end() ? std::nullopt : std::optional(found->second);
}

std::optional<RelayEndpoint> RestingPorts::longest(Family family, Parity parity, const IsHere& is_here,
                                                   const IsFree& is_free) const {
  if (parity == Parity::pair) return longest_pair(family, is_here, is_free);
  const Order& order = parity == Parity::any ? all_[index(family)] : even_[index(family)];
  const auto found =
      std::ranges::find_if(order, [&](const auto& entry) { return is_here(entry.second.address); });
  return found == order.end() ? std::nullopt : std::optional(found->second);
}

// The first port whose partner has rested at least as long is the later one of the pair that is meant.
std::optional<RelayEndpoint> RestingPorts::longest_pair(Family family, const IsHere& is_here,
                                                        const IsFree& is_free) const {
  for (const auto& [number, relay] : all_[index(family)]) {
    const RelayEndpoint partner = partner_of(relay);
    const auto rest = rests_.find(partner);
    const bool has_rested_longer = rest != rests_.end() && rest->second.number < number;
    if (is_here(relay.address) && (has_rested_longer || is_free(partner)))
      return is_even(relay) ? relay : partner;
  }
  return std::nullopt;
}

}  // namespace turnpike::turn
