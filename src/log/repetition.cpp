#include "turnpike/log/repetition.hpp"

#include <algorithm>

namespace turnpike::log {
namespace {

constexpr std::string_view kOther = "other";

IpPrefix prefix_of(const IpAddress& address) {
  constexpr std::uint8_t kV4Bits = 32;
  constexpr std::uint8_t kV6Bits = 64;
  return {address, address.is_v4() ? kV4Bits : kV6Bits};
}

}  // namespace

bool Repetition::is_new(Event event, std::string_view cause, const Concerned& concerned, TimePoint now) {
  std::erase_if(told_, [now](const Told& each) { return now - each.at >= kSpan; });
  if (tell(event, cause, concerned, now)) return true;
  count(event, cause, now);
  return false;
}

bool Repetition::tell(Event event, std::string_view cause, const Concerned& concerned, TimePoint now) {
  const bool is_stranger = concerned.user.empty();
  const bool is_known = std::ranges::any_of(told_, [&](const Told& each) {
    if (each.event != event || each.cause != cause || each.user != concerned.user) return false;
    return !is_stranger || each.prefix.contains(concerned.address);
  });
  if (is_known || told_.size() == kFullMax) return false;
  const auto strangers = std::ranges::count_if(told_, [](const Told& each) { return each.user.empty(); });
  if (is_stranger && static_cast<std::size_t>(strangers) == kFullOfStrangersMax) return false;
  told_.push_back({event, cause, std::string(concerned.user),
                   is_stranger ? prefix_of(concerned.address) : IpPrefix{}, now});
  return true;
}

void Repetition::count(Event event, std::string_view cause, TimePoint now) {
  const auto is_same = [&](const Count& each) { return each.event == event && each.cause == cause; };
  auto found = std::ranges::find_if(counts_, is_same);
  if (found == counts_.end() && counts_.size() >= kCausesMax) {
    cause = kOther;
    found = std::ranges::find_if(counts_, is_same);
  }
  if (found != counts_.end()) {
    ++found->count;
  } else {
    counts_.push_back({event, cause, 1, now});
  }
}

std::optional<TimePoint> Repetition::next_deadline() const {
  if (counts_.empty()) return std::nullopt;
  return counts_.front().since + kSpan;
}

std::vector<Repetition::Repeated> Repetition::take_due(TimePoint now) {
  return take(std::ranges::count_if(counts_, [now](const Count& each) { return now - each.since >= kSpan; }),
              now);
}

std::vector<Repetition::Repeated> Repetition::take_all(TimePoint now) {
  return take(std::ssize(counts_), now);
}

std::vector<Repetition::Repeated> Repetition::take(std::ptrdiff_t oldest, TimePoint now) {
  std::vector<Repeated> taken;
  const auto end = counts_.begin() + oldest;
  for (auto each = counts_.begin(); each != end; ++each) {
    const auto lasted = std::chrono::round<std::chrono::seconds>(now - each->since);
    taken.push_back({each->event, each->cause, each->count, std::max<std::int64_t>(lasted.count(), 1)});
  }
  counts_.erase(counts_.begin(), end);
  return taken;
}

}  // namespace turnpike::log
