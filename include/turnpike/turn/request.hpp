// A request on its way to its handler.
#pragma once

#include "turnpike/base/time.hpp"
#include "turnpike/stun/message.hpp"
#include "turnpike/turn/allocation.hpp"
#include "turnpike/turn/exchange.hpp"

namespace turnpike::turn {

struct Request {
  const stun::MessageView& message;
  Exchange exchange;
  Now now;
  Identity identity;                 // of the signer; empty for Binding
  Allocation* allocation = nullptr;  // of this 5-tuple, if any
};

}  // namespace turnpike::turn
