// An Allocate that waits: for its relay sockets to open, and before that, if the quota was full, for a place
// in it.
#pragma once

#include "turnpike/turn/allocate_plan.hpp"
#include "turnpike/turn/exchange.hpp"

namespace turnpike::turn {

struct PendingAllocate {
  relay::AllocationId id = 0;
  Exchange exchange;
  Identity identity;
  AllocatePlan plan;
  bool lacks_place = false;  // in the quota, until on_abandoned_ended()
  int asked = 0;             // for places in it: somebody else may take one that was made
  bool abandoned = false;    // the client went away meanwhile: close whatever still opens

  bool settled() const;
  bool any_open() const;
  // Why no relay could be had: what the system has refused (500) counts more than what is used up (508).
  const Refusal& failure() const;
};

}  // namespace turnpike::turn
