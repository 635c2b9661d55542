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

// Holds the ports of one relay address. The choice is uniform over the free ports (RFC 6056). Operations take
// constant time, except that the choice of a pair may look at every even port. Not thread-safe, except
// is_live() and is_visitors().
class PortPool {
 public:
  // All ports of the range are free at first.
  PortPool(const IpAddress& address, PortRange range);
  // Returns whether a port is leased or rests.
  using IsInUse = std::function<bool(std::uint16_t port)>;
  // Replaces the range. All ports of the new range that are not in use are free.
  void set_range(PortRange range, const IsInUse& is_in_use);

  // Returns a free port, or nullopt if there is none; for `pair` the even port of two free ones. The port
  // stays free until take().
  std::optional<std::uint16_t> pick(Parity parity, Random& random) const;
  // take() makes a free port used, put_back() a used one free; anything else ends the program. put_back()
  // ignores a port outside of the range.
  void take(std::uint16_t port);
  void put_back(std::uint16_t port);
  bool is_free(std::uint16_t port) const {
    return contains(port) && position_[port - range_.min] != kNowhere;
  }

  // Returns whether a live or starting allocation has the port. Thread-safe, without a lock.
  bool is_live(std::uint16_t port) const;
  // Returns whether a visitor's live or starting allocation has the port. Thread-safe, without a lock.
  bool is_visitors(std::uint16_t port) const;
  // Marks whether an allocation has the port, and whether it is a visitor's. Does not change whether the port
  // is free.
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
