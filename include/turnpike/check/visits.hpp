// Who tries out the server now: so many at once, and what became of the WebSocket that each of them has sent.
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

inline constexpr std::size_t kVisitsMax = 256;
inline constexpr std::size_t kVisitsOfOriginMax = 8;

// What is known of one WebSocket.
struct Seen {
  bool arrived = false;
  std::optional<unsigned> status;  // that the upstream has answered with

  bool operator==(const Seen&) const = default;
};

// Bounded in number and time, whatever strangers do. Not thread-safe.
class Visits {
 public:
  // How long one counts.
  explicit Visits(Duration life) : life_(life) {}

  // Gives the nonce that its WebSocket will bear, in hexadecimal digits. The error is how long to wait: there
  // are kVisitsMax, or kVisitsOfOriginMax of this address (IPv6: /64, and so many more of a /48).
  Result<std::string, Duration> begin(const IpAddress& client, TimePoint now, Random& random);
  // A WebSocket bears this nonce. Status 0: it is on its way to the upstream. Of no visit: it is nobody's.
  void note(std::string_view nonce, unsigned status, TimePoint now);
  // No value if there is no such visit any more.
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
