// Keeps the current visits of the check page: a bounded number, and what became of the WebSocket of each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/origin.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::check {

// Maximum number of visits at one time, in all and of one address.
inline constexpr std::size_t kVisitsMax = 256;
inline constexpr std::size_t kVisitsOfOriginMax = 8;

// What is known of the WebSocket of a visit.
struct Seen {
  bool arrived = false;
  std::optional<unsigned> status;  // HTTP status of the upstream's answer

  bool operator==(const Seen&) const = default;
};

// Holds the visits, bounded in number and time. Not thread-safe.
class Visits {
 public:
  // Each visit lasts `life`.
  explicit Visits(Duration life) : life_(life) {}

  // Begins a visit. Returns the nonce, in hexadecimal, that its WebSocket must carry; or how long to wait if
  // there are kVisitsMax visits, or kVisitsOfOriginMax of this address. IPv6 counts by /64, and
  // kSubscribersOfSite times as many are allowed for a /48.
  Result<std::string, Duration> begin(const IpAddress& client, TimePoint now, Random& random);
  // Notes a WebSocket with this nonce, and the status of the upstream's answer, 0 while there is none. Does
  // nothing if no visit has the nonce.
  void note(std::string_view nonce, unsigned status, TimePoint now);
  // Returns what is known of the visit's WebSocket; nullopt if no visit has the nonce.
  std::optional<Seen> seen(std::string_view nonce, TimePoint now);

 private:
  struct Visit {
    std::string nonce;
    Origin origin;
    TimePoint until;
    Seen seen;
  };

  void forget(TimePoint now);
  template <class Counts>
  std::optional<Duration> wait_for(Counts counts, std::size_t max, TimePoint now) const;
  Visit* find(std::string_view nonce, TimePoint now);

  const Duration life_;
  std::vector<Visit> visits_;  // in the order in which they end
};

}  // namespace turnpike::check
