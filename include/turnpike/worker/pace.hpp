// How fast each allocation relays, and which engine does it, from two readings of its counters.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "turnpike/base/time.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/relay/route_table.hpp"

namespace turnpike::worker {

enum class SessionEngine : std::uint8_t { sockets, kernel, both };
std::string_view to_string(SessionEngine engine);

// Payload in both directions, between the two latest readings that lie a second or more apart.
struct Pace {
  std::uint64_t bits_per_second = 0;
  SessionEngine engine = SessionEngine::sockets;  // of what was relayed meanwhile

  bool operator==(const Pace&) const = default;
};

// The counters of one allocation, as each engine has them.
struct Reading {
  relay::Traffic by_sockets, by_kernel;
  bool has_flows = false;  // so that the kernel relays what comes next
};

// Bounded by the number of allocations.
class Paces {
 public:
  static constexpr Duration kApartMin = std::chrono::seconds(1);

  // A reading that comes too soon after the one before changes nothing. `since`: when the allocation began,
  // which stands for the first reading.
  Pace note(relay::AllocationId allocation, const Reading& reading, TimePoint since, TimePoint now);
  void forget(relay::AllocationId allocation) { marks_.erase(allocation); }
  // Of all allocations together, by their latest readings.
  std::uint64_t bits_per_second() const;

 private:
  struct Mark {
    TimePoint at;
    std::uint64_t bytes = 0, packets_of_sockets = 0, packets_of_kernel = 0;  // until then
    Pace pace;
    bool is_rated = false;
  };

  std::unordered_map<relay::AllocationId, Mark> marks_;
};

}  // namespace turnpike::worker
