#include "turnpike/kernel/event_rows.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include "layout.h"

namespace turnpike::kernel {
namespace {

constexpr std::string_view kEventNames[] = {
#define X(name) #name,
    TURNPIKE_EVENTS(X)
#undef X
};

template <class Value>
auto read(Value& value) {
  return std::atomic_ref(value).load(std::memory_order_relaxed);
}

// Whether it tells that datagrams for this host come by.
bool is_of_datagram(std::size_t event) { return event < event_other_protocol || event > event_other_host; }

}  // namespace

std::span<const std::string_view> EventRows::names() { return kEventNames; }

EventRows::EventRows(std::span<std::uint64_t> numbers, std::span<EventCounts> counts, std::uint32_t cpus)
    : numbers_(numbers), counts_(counts), cpus_(cpus) {}

void EventRows::give(std::uint32_t interface) {
  if (interface >= numbers_.size() || numbers_[interface] != kRowOfOthers) return;
  std::vector<bool> taken(kEventRows);
  for (const std::uint64_t number : numbers_) taken[number] = true;
  taken[kRowOfOthers] = taken[kRowOfGone] = true;
  const auto free = std::ranges::find(taken, false);
  if (free == taken.end()) return;
  std::atomic_ref(numbers_[interface]).store(static_cast<std::uint64_t>(free - taken.begin()));
}

// The program writes to no row of those that are gone.
void EventRows::take_back(std::uint32_t interface) {
  const std::uint64_t row = number_of(interface);
  if (row == kRowOfOthers) return;
  std::atomic_ref(numbers_[interface]).store(kRowOfOthers);
  for (std::uint32_t cpu = 0; cpu < cpus_; ++cpu) {
    auto& from = rows_of(cpu)[row].count;
    auto& to = rows_of(cpu)[kRowOfGone].count;
    for (std::size_t event = 0; event < event_kinds; ++event)
      std::atomic_ref(to[event]).fetch_add(std::atomic_ref(from[event]).exchange(0));
  }
}

std::vector<EventCount> EventRows::all() const {
  std::vector<EventCount> counts;
  for (std::size_t event = 0; event < event_kinds; ++event) {
    counts.push_back({kEventNames[event], 0});
    for (std::uint64_t row = 0; row < kEventRows; ++row) counts.back().count += count(row, event);
  }
  return counts;
}

std::optional<std::vector<EventCount>> EventRows::of(std::uint32_t interface) const {
  const std::uint64_t row = number_of(interface);
  if (row == kRowOfOthers) return std::nullopt;
  std::vector<EventCount> counts;
  for (std::size_t event = 0; event < event_kinds; ++event)
    counts.push_back({kEventNames[event], count(row, event)});
  return counts;
}

bool EventRows::has_seen_datagram(std::uint32_t interface) const {
  const std::uint64_t row = number_of(interface);
  if (row == kRowOfOthers) return true;
  for (std::size_t event = 0; event < event_kinds; ++event) {
    if (is_of_datagram(event) && count(row, event) != 0) return true;
  }
  return false;
}

std::uint64_t EventRows::number_of(std::uint32_t interface) const {
  return interface < numbers_.size() ? read(numbers_[interface]) : std::uint64_t {
    kRowOfOthers
  };
}

std::span<EventCounts> EventRows::rows_of(std::uint32_t cpu) const {
  return counts_.subspan(std::size_t{cpu} * kEventRows, kEventRows);
}

std::uint64_t EventRows::count(std::uint64_t row, std::size_t event) const {
  std::uint64_t sum = 0;
  for (std::uint32_t cpu = 0; cpu < cpus_; ++cpu) sum += read(rows_of(cpu)[row].count[event]);
  return sum;
}

}  // namespace turnpike::kernel
