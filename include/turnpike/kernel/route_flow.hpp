// Makes the flows of a route.
#pragma once

#include "turnpike/kernel/flow.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::kernel {

// Return the two directions of a channel.
Flow flow_to_peer(const relay::Route& route, const Way& way);
Flow flow_to_client(const relay::Route& route, const Way& way);
// Returns a flow from the client of `sender` straight to the client of `receiver`; each route's relay is the
// other's peer.
Flow flow_between(const relay::Route& sender, const relay::Route& receiver, const Way& way);

}  // namespace turnpike::kernel
