#include "turnpike/kernel/route_flow.hpp"

namespace turnpike::kernel {

using relay::Route;

Flow flow_to_peer(const Route& route, const NextHop& next_hop) {
  return {route.client.client, route.client.server, route.channel, route.relay, route.peer, 0, next_hop};
}

Flow flow_to_client(const Route& route, const NextHop& next_hop) {
  return {route.peer, route.relay, 0, route.client.server, route.client.client, route.channel, next_hop};
}

Flow flow_between(const Route& sender, const Route& receiver, const NextHop& next_hop) {
  const FiveTuple &from = sender.client, &to = receiver.client;
  return {from.client, from.server, sender.channel, to.server, to.client, receiver.channel, next_hop};
}

}  // namespace turnpike::kernel
