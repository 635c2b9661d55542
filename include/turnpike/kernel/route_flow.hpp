// The flows that a route is made of.
#pragma once

#include "turnpike/kernel/flow.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::kernel {

Flow flow_to_peer(const relay::Route& route, const Way& way);
Flow flow_to_client(const relay::Route& route, const Way& way);
// From the client of one route to that of another, whose relay is the peer of the first: both hops at once.
Flow flow_between(const relay::Route& sender, const relay::Route& receiver, const Way& way);

}  // namespace turnpike::kernel
