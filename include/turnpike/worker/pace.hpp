// Measures how fast each allocation relays, and by which engine, from two readings of its counters.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "turnpike/base/time.hpp"
#include "turnpike/relay/route.hpp"
#include "turnpike/relay/route_table.hpp"

namespace turnpike::worker {

// The engines that relayed for an allocation.
enum class SessionEngine : std::uint8_t { sockets, kernel, both };
// Returns "sockets", "kernel" or "both".
std::string_view to_string(SessionEngine engine);

// The rate of payload in both directions between the two latest readings that lie at least Paces::kApartMin
// apart.
struct Pace {
  std::uint64_t bits_per_second = 0;
  SessionEngine engine = SessionEngine::sockets;  // engines that relayed in this time

  bool operator==(const Pace&) const = default;
};

// The counters of one allocation, one set for each engine.
struct Reading {
  relay::Traffic by_sockets, by_kernel;
  bool has_flows = false;  // the kernel will relay the next packets
};

// Holds the latest reading and pace of each allocation. Its size is bounded by the number of allocations.
class Paces {
 public:
  static constexpr Duration kApartMin = std::chrono::seconds(1);

  // Adds a reading and returns the current pace. A reading less than kApartMin after the one before changes
  // nothing. `since` is when the allocation began and counts as its first reading.
  Pace note(relay::AllocationId allocation, const Reading& reading, TimePoint since, TimePoint now);
  // Forgets an allocation; call it when the allocation has ended.
  void forget(relay::AllocationId allocation) { marks_.erase(allocation); }
  // Returns the sum over all allocations, by the latest pace of each.
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
