// An Allocate that waits: for its relay sockets to open, and before that, if the quota was full, for a place
// in it.
#pragma once

#include "turnpike/turn/allocate_plan.hpp"
#include "turnpike/turn/exchange.hpp"

namespace turnpike::turn {

// Holds an Allocate that has no answer yet.
struct PendingAllocate {
  relay::AllocationId id = 0;
  Exchange exchange;
  Identity identity;
  AllocatePlan plan;
  bool lacks_place = false;  // waits for a place in the quota until on_abandoned_ended()
  int asked = 0;  // times that EndAbandoned was emitted: another request may take the place that it freed
  bool abandoned = false;  // the client is gone: relays that still open are closed again

  // Returns whether no relay is still opening.
  bool settled() const;
  bool any_open() const;
  // Returns why no relay could be opened. A failure of the system (500) takes precedence over exhausted ports
  // (508). Precondition: all wants have failed.
  const Refusal& failure() const;
};

}  // namespace turnpike::turn
