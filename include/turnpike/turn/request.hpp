// A request on its way to its handler.
#pragma once

#include "turnpike/base/time.hpp"
#include "turnpike/stun/message.hpp"
#include "turnpike/turn/allocation.hpp"
#include "turnpike/turn/exchange.hpp"

namespace turnpike::turn {

// Holds one request while it is handled. Refers to the received bytes, so it must not outlive them.
struct Request {
  const stun::MessageView& message;
  Exchange exchange;
  Now now;
  Identity identity;                 // the signer; empty for Binding
  Allocation* allocation = nullptr;  // the allocation of this 5-tuple, or nullptr
};

}  // namespace turnpike::turn
