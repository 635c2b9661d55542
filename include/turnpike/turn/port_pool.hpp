// The free relay ports of one local address, and which of its ports are live.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/turn/resting_ports.hpp"

namespace turnpike::turn {

// Not thread-safe except for is_live() and is_visitors(). Choice is uniform over the free ports (RFC 6056);
// every operation is O(1), the choice of a pair O(ports) at worst.
class PortPool {
 public:
  // All are free.
  PortPool(const IpAddress& address, PortRange range);
  // Ports of this range are given out from now on, of which those are free that are not in use.
  using IsInUse = std::function<bool(std::uint16_t port)>;
  void set_range(PortRange range, const IsInUse& is_in_use);

  // A free port, or none; for `pair` the even one of two free ones. It stays free until it is taken.
  std::optional<std::uint16_t> pick(Parity parity, Random& random) const;
  // The port must be free, or must not be. One that is outside of the range by now is free no more.
  void take(std::uint16_t port);
  void put_back(std::uint16_t port);
  bool is_free(std::uint16_t port) const {
    return contains(port) && position_[port - range_.min] != kNowhere;
  }

  // Any thread, no lock: is the port that of an allocation, or of one that begins?
  bool is_live(std::uint16_t port) const;
  // The same, of a visitor.
  bool is_visitors(std::uint16_t port) const;
  void set_live(std::uint16_t port, bool live, bool visitors = false);

  const IpAddress& address() const { return address_; }
  bool contains(std::uint16_t port) const { return range_.contains(port); }
  std::size_t ports_total() const { return std::size_t{range_.max} - range_.min + 1; }
  std::size_t ports_free() const { return free_[0].size() + free_[1].size(); }

 private:
  static constexpr std::uint16_t kNowhere = 0xFFFF;  // free_ holds at most 32,768 ports of one parity

  std::optional<std::uint16_t> pick_pair(Random& random) const;

  IpAddress address_;
  PortRange range_;
  std::vector<std::uint16_t> free_[2];   // by parity, in no order
  std::vector<std::uint16_t> position_;  // by port - min: its index in free_, or kNowhere
  using Bits = std::unique_ptr<std::atomic<std::uint64_t>[]>;  // one for each of the 65,536 ports
  Bits live_;
  Bits visitors_;
};

}  // namespace turnpike::turn
