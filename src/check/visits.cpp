#include "turnpike/check/visits.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace turnpike::check {
namespace {

constexpr std::size_t kNonceBytes = 16;

}  // namespace

Result<std::string, Duration> Visits::begin(const IpAddress& client, TimePoint now, Random& random) {
  forget(now);
  const Origin origin = origin_of(client.unmapped());
  const auto is_any = [](const Visit&) { return true; };
  const auto is_subscribers = [&](const Visit& each) { return each.origin.subscriber == origin.subscriber; };
  const auto is_sites = [&](const Visit& each) { return each.origin.site == origin.site; };
  const std::size_t of_site =
      origin.has_site() ? kSubscribersOfSite * kVisitsOfOriginMax : kVisitsOfOriginMax;
  for (const auto& wait : {wait_for(is_subscribers, kVisitsOfOriginMax, now),
                           wait_for(is_sites, of_site, now), wait_for(is_any, kVisitsMax, now)}) {
    if (wait) return *wait;
  }
  std::array<std::uint8_t, kNonceBytes> nonce;
  random.fill(nonce);
  return visits_.emplace_back(Visit{fmt::format("{:02x}", fmt::join(nonce, "")), origin, now + life_, {}})
      .nonce;
}

// Until the first of them ends, where there are so many.
template <class Counts>
std::optional<Duration> Visits::wait_for(Counts counts, std::size_t max, TimePoint now) const {
  if (static_cast<std::size_t>(std::ranges::count_if(visits_, counts)) < max) return std::nullopt;
  return std::ranges::find_if(visits_, counts)->until - now;
}

void Visits::note(std::string_view nonce, unsigned status, TimePoint now) {
  Visit* const visit = find(nonce, now);
  if (visit == nullptr) return;
  visit->seen.arrived = true;
  if (status != 0) visit->seen.status = status;
}

std::optional<Seen> Visits::seen(std::string_view nonce, TimePoint now) {
  const Visit* const visit = find(nonce, now);
  return visit == nullptr ? std::nullopt : std::optional(visit->seen);
}

Visits::Visit* Visits::find(std::string_view nonce, TimePoint now) {
  forget(now);
  const auto found = std::ranges::find(visits_, nonce, &Visit::nonce);
  return found == visits_.end() ? nullptr : &*found;
}

void Visits::forget(TimePoint now) {
  std::erase_if(visits_, [now](const Visit& each) { return each.until <= now; });
}

}  // namespace turnpike::check
