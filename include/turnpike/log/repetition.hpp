// Bounds how often the log tells the same: causes the first time in full and then as a number, others only as
// a number for each address.
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

// Whom a cause concerns. A user is one whose name has been proven; whoever has none is a stranger, and goes
// by the address: IPv4 as a whole, IPv6 by its /64.
struct Concerned {
  std::string_view user;
  IpAddress address;
};

// In any ten seconds a cause is told in full once for each of those whom it concerns, and no more than 20
// times in all. Half of these are not for strangers, of whom anyone can be many. What is not told in full is
// counted by cause. What has no cause is counted for its address, a minute long.
class Repetition {
 public:
  static constexpr Duration kSpan = std::chrono::seconds(10);
  static constexpr std::size_t kFullMax = 20;
  static constexpr std::size_t kFullOfStrangersMax = 10;
  static constexpr std::size_t kCausesMax = 128;  // counted at one time; beyond, all are counted as `other`
  static constexpr Duration kSpanOfAddress = std::chrono::minutes(1);
  static constexpr std::size_t kAddressesMax = 20;  // the same; beyond, all are counted as of no address

  struct Repeated {
    Event event;
    std::string_view cause;
    std::uint64_t count;
    std::int64_t seconds;  // since the first that was counted, at least 1
    IpPrefix from{};       // of no family where it was counted by cause, or for no address

    bool operator==(const Repeated&) const = default;
  };

  // Whether to tell it in full. `cause` is a constant.
  bool is_new(Event event, std::string_view cause, const Concerned& concerned, TimePoint now);
  void count(Event event, const IpAddress& address, TimePoint now);

  // When there is something to take.
  std::optional<TimePoint> next_deadline() const;
  // The counts whose time is over; they begin anew with the next.
  std::vector<Repeated> take_due(TimePoint now);
  std::vector<Repeated> take_all(TimePoint now);

 private:
  struct Told {
    Event event;
    std::string_view cause;
    std::string user;
    IpPrefix prefix;  // of a stranger
    TimePoint at;
  };
  struct Count {
    Event event;
    std::string_view cause;  // "" where it is counted by address
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
