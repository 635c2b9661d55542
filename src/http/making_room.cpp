#include "turnpike/http/making_room.hpp"

#include <algorithm>

#include "turnpike/base/origin.hpp"

namespace turnpike::http {
namespace {

// Everybody for the prefix of no family.
bool counts_against(const IpPrefix& prefix, const Place& place) {
  return prefix.address.family() == Family::none || prefix.contains(place.from);
}

// The limit that is reached, as the prefix of those who count against it.
std::optional<IpPrefix> full_prefix(const IpAddress& newcomer, std::span<const Place> taken,
                                    const Limits& limits) {
  const auto is_full = [&](const IpPrefix& prefix, std::size_t max) {
    if (max == 0) return false;
    const auto held = std::ranges::count_if(taken, [&](const Place& p) { return counts_against(prefix, p); });
    return static_cast<std::size_t>(held) >= max;
  };
  if (newcomer.family() != Family::none) {
    const Origin origin = origin_of(newcomer);
    if (is_full(origin.subscriber, limits.connections_per_address_max)) return origin.subscriber;
    if (is_full(origin.site, limits.connections_per_address_max * kSubscribersOfSite)) return origin.site;
  }
  if (is_full(IpPrefix{}, limits.connections_max)) return IpPrefix{};
  return std::nullopt;
}

}  // namespace

Room room_for(const IpAddress& newcomer, std::span<const Place> taken, const Limits& limits) {
  const auto full = full_prefix(newcomer, taken, limits);
  if (!full) return {};
  std::optional<std::size_t> longest;
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (taken[i].is_busy || !counts_against(*full, taken[i])) continue;
    if (!longest || taken[i].idle_since < taken[*longest].idle_since) longest = i;
  }
  return {.is_there = longest.has_value(), .made_by = longest};
}

}  // namespace turnpike::http
