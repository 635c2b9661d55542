// The clock of the simulation: actions happen in the order of their times, and between them time stands
// still.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "turnpike/base/time.hpp"

namespace turnpike::sim {

class Timeline {
 public:
  using Action = std::function<void()>;

  TimePoint now() const { return now_; }
  // Without the time that was leapt over: only in what is left has anybody been able to act.
  TimePoint lived() const { return now_ - leapt_; }
  Now clocks() const {
    return {now_, kUnixAtZero_s +
                      std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count()};
  }

  void at(TimePoint when, Action action) {
    entries_.push_back({std::max(when, now_), ++serial_, std::move(action)});
    std::ranges::push_heap(entries_, std::greater<>{});
  }
  void after(Duration wait, Action action) { at(now_ + wait, std::move(action)); }

  // Does the next thing; false if nothing is to be done before `end`.
  bool step(TimePoint end) {
    if (entries_.empty() || entries_.front().when >= end) return false;
    std::ranges::pop_heap(entries_, std::greater<>{});
    Entry next = std::move(entries_.back());
    entries_.pop_back();
    now_ = std::max(now_, next.when);
    next.action();
    return true;
  }

  // The process was suspended: what was due meanwhile happens late.
  void leap(Duration away) {
    now_ += away;
    leapt_ += away;
  }

 private:
  static constexpr UnixSeconds kUnixAtZero_s = 1'700'000'000;

  struct Entry {
    TimePoint when;
    std::uint64_t serial;  // what was planned first happens first
    Action action;
    bool operator>(const Entry& other) const {
      return when != other.when ? when > other.when : serial > other.serial;
    }
  };

  TimePoint now_{std::chrono::hours(1)};
  Duration leapt_{};
  std::uint64_t serial_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace turnpike::sim
