// The relay ports of one local address: free, leased, or resting after use.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/turn/resting_ports.hpp"

namespace turnpike::turn {

struct PortRange {
  std::uint16_t min = 49152;
  std::uint16_t max = 65535;  // inclusive

  bool operator==(const PortRange&) const = default;
};

// Not thread-safe except for is_live(). Choice is uniform over the free ports (RFC 6056); every operation is
// O(1), a pair O(ports) at worst.
class PortPool {
 public:
  PortPool(const IpAddress& address, PortRange range, Duration quiet);

  // A free port, or none; for `pair` the even one of two leased.
  std::optional<std::uint16_t> lease(Parity parity, Random& random, TimePoint now);
  // Leases exactly this port, wherever it stands (restore). False if it is leased or out of range.
  bool claim(std::uint16_t port);
  // The port rests for the quiet time, so that stray peer traffic does not reach its next owner
  // (TURN-GEN-08).
  void release(std::uint16_t port, TimePoint now);

  // Any thread, no lock: is the port leased right now?
  bool is_live(std::uint16_t port) const;

  const IpAddress& address() const { return address_; }
  std::size_t ports_total() const { return std::size_t{range_.max} - range_.min + 1; }
  std::size_t ports_free() const { return free_[0].size() + free_[1].size(); }
  std::size_t ports_resting() const { return resting_.size(); }
  std::size_t ports_leased() const { return leased_; }
  // No port is leased, and none rests.
  bool is_idle(TimePoint now) const {
    return leased_ == 0 && (resting_.empty() || resting_.back().until <= now);
  }

 private:
  struct Resting {
    std::uint16_t port;
    TimePoint until;
  };

  void wake(TimePoint now);
  void put_free(std::uint16_t port);
  void take_free(std::uint16_t port);
  void mark_leased(std::uint16_t port, bool live);
  bool is_free(std::uint16_t port) const;
  std::optional<std::uint16_t> pick(Parity parity, Random& random) const;
  std::optional<std::uint16_t> pick_pair(Random& random) const;

  IpAddress address_;
  PortRange range_;
  Duration quiet_;
  std::vector<std::uint16_t> free_[2];   // by parity, in no order
  std::vector<std::uint16_t> position_;  // by port - min: its index in free_, or kNowhere
  std::deque<Resting> resting_;          // in the order of `until`
  std::size_t leased_ = 0;
  std::unique_ptr<std::atomic<std::uint64_t>[]> live_;  // a bit for each of the 65,536 ports
};

}  // namespace turnpike::turn
