#include "turnpike/log/repetition.hpp"

#include <algorithm>

#include "turnpike/base/origin.hpp"

namespace turnpike::log {
namespace {

constexpr std::string_view kOther = "other";

}  // namespace

TimePoint Repetition::Count::due() const { return since + (cause.empty() ? kSpanOfAddress : kSpan); }

Repetition::Repeated Repetition::Count::until(TimePoint now) const {
  const auto lasted = std::chrono::round<std::chrono::seconds>(now - since);
  return {event, cause, count, std::max<std::int64_t>(lasted.count(), 1), from};
}

bool Repetition::is_new(Event event, std::string_view cause, const Concerned& concerned, TimePoint now) {
  std::erase_if(told_, [now](const Told& each) { return now - each.at >= kSpan; });
  if (tell(event, cause, concerned, now)) return true;
  const bool is_full = counts_.size() >= kCausesMax && find(event, cause, {}) == nullptr;
  ++count_of(event, is_full ? kOther : cause, {}, now).count;
  return false;
}

void Repetition::count(Event event, const IpAddress& address, TimePoint now) {
  const IpPrefix from = origin_of(address).subscriber;
  const auto addresses = std::ranges::count_if(
      counts_, [&](const Count& each) { return each.event == event && each.cause.empty(); });
  const bool is_full =
      static_cast<std::size_t>(addresses) >= kAddressesMax && find(event, "", from) == nullptr;
  ++count_of(event, "", is_full ? IpPrefix{} : from, now).count;
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
                   is_stranger ? origin_of(concerned.address).subscriber : IpPrefix{}, now});
  return true;
}

Repetition::Count* Repetition::find(Event event, std::string_view cause, const IpPrefix& from) {
  const auto found = std::ranges::find_if(counts_, [&](const Count& each) {
    return each.event == event && each.cause == cause && each.from == from;
  });
  return found == counts_.end() ? nullptr : &*found;
}

Repetition::Count& Repetition::count_of(Event event, std::string_view cause, const IpPrefix& from,
                                        TimePoint now) {
  if (Count* const known = find(event, cause, from)) return *known;
  return counts_.emplace_back(Count{event, cause, from, now});
}

std::optional<TimePoint> Repetition::next_deadline() const {
  if (counts_.empty()) return std::nullopt;
  return std::ranges::min_element(counts_, {}, &Count::due)->due();
}

std::vector<Repetition::Repeated> Repetition::take_due(TimePoint now) {
  const auto is_due = [now](const Count& each) { return each.due() <= now; };
  std::vector<Repeated> taken;
  for (const Count& each : counts_) {
    if (is_due(each)) taken.push_back(each.until(now));
  }
  std::erase_if(counts_, is_due);
  return taken;
}

std::vector<Repetition::Repeated> Repetition::take_all(TimePoint now) {
  std::vector<Repeated> taken;
  for (const Count& each : counts_) taken.push_back(each.until(now));
  counts_.clear();
  return taken;
}

}  // namespace turnpike::log
