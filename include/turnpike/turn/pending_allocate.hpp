// An Allocate that waits: for its relay sockets to open, and before that, if the quota was full, for a place
// in it.
#pragma once

#include <optional>
#include <vector>

#include "turnpike/turn/allocation.hpp"
#include "turnpike/turn/exchange.hpp"

namespace turnpike::turn {

// One relayed transport address that the request asks for.
struct RelayWant {
  Family family = Family::ipv4;
  Parity parity = Parity::any;
  enum class State { opening, open, failed } state = State::opening;
  Endpoint relay;      // leased while opening or open
  int attempts = 0;    // ports tried: another program may hold one
  bool fixed = false;  // redeemed by token: no other port will do
  stun::ErrorCode failure = stun::ErrorCode::insufficient_capacity;
};

struct PendingAllocate {
  relay::AllocationId id = 0;
  Exchange exchange;
  Identity identity;
  std::uint32_t lifetime_s = 0;
  std::vector<RelayWant> wants;  // one or two, IPv4 first
  bool lacks_place = false;      // in the quota, until on_abandoned_ended()
  bool broken = false;           // a socket could not be had for want of anything but a port (ERR-04)
  bool abandoned = false;        // the client went away meanwhile: close whatever still opens

  bool settled() const;
  bool any_open() const;
  // EVEN-PORT with R=1: the port after ours is reserved, and holds a place in the quota of its own.
  bool reserves_next() const { return wants.size() == 1 && wants.front().parity == Parity::pair; }
};

}  // namespace turnpike::turn
