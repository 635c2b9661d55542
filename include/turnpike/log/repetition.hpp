// Limits how often the log repeats itself: a cause is written in full at first and then as a number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/log/event.hpp"

namespace turnpike::log {

// Names whom a cause concerns. `user` is a name that a signature has proved; without one the client is a
// stranger and is known by address: IPv4 as a whole, IPv6 by its /64.
struct Concerned {
  std::string_view user;
  IpAddress address;
};

// Decides which events are written in full. Within kSpan a cause is written once for each user or stranger,
// and kFullMax events in all, at most kFullOfStrangersMax of them for strangers, because anyone can be many
// strangers. All other events are counted by cause. Events without a cause are counted by address for
// kSpanOfAddress. Not thread-safe.
class Repetition {
 public:
  static constexpr Duration kSpan = std::chrono::seconds(10);
  static constexpr std::size_t kFullMax = 20;
  static constexpr std::size_t kFullOfStrangersMax = 10;
  static constexpr std::size_t kCausesMax = 128;  // causes counted at once; more are counted as `other`
  static constexpr Duration kSpanOfAddress = std::chrono::minutes(1);
  static constexpr std::size_t kAddressesMax =
      20;  // addresses counted at once for each event; more are counted as of no address

  // Holds how often an event occurred.
  struct Repeated {
    Event event;
    std::string_view cause;
    std::uint64_t count;
    std::int64_t seconds;  // since the first one counted, at least 1
    IpPrefix from{};       // of no family if counted by cause, or if beyond kAddressesMax

    bool operator==(const Repeated&) const = default;
  };

  // Returns whether to write the event in full, and counts it if not. `cause` must be a constant, because
  // only a view is kept.
  bool is_new(Event event, std::string_view cause, const Concerned& concerned, TimePoint now);
  // Counts an event that has no cause.
  void count(Event event, const IpAddress& address, TimePoint now);

  // Returns when take_due() has something to return, or nullopt.
  std::optional<TimePoint> next_deadline() const;
  // Removes and returns the counts whose time is over.
  std::vector<Repeated> take_due(TimePoint now);
  // Removes and returns all counts.
  std::vector<Repeated> take_all(TimePoint now);

 private:
  struct Told {
    Event event;
    std::string_view cause;
    std::string user;
    IpPrefix prefix;  // set for a stranger
    TimePoint at;
  };
  struct Count {
    Event event;
    std::string_view cause;  // "" if counted by address
    IpPrefix from;
    TimePoint since;
    std::uint64_t count = 0;

    TimePoint due() const;
    Repeated until(TimePoint now) const;
  };

  bool tell(Event event, std::string_view cause, const Concerned& concerned, TimePoint now);
  Count* find(Event event, std::string_view cause, const IpPrefix& from);
  Count& count_of(Event event, std::string_view cause, const IpPrefix& from, TimePoint now);

  std::vector<Told> told_;     // the oldest first
  std::vector<Count> counts_;  // the oldest first, too
};

}  // namespace turnpike::log
