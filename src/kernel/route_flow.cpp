#include "turnpike/kernel/route_flow.hpp"

namespace turnpike::kernel {

using relay::Route;

Flow flow_to_peer(const Route& route, const Way& way) {
  return {.from = route.client.client.plain(),
          .to = route.client.server.plain(),
          .channel = route.channel,
          .new_from = route.relay.plain(),
          .new_to = route.peer.plain(),
          .next_hop = way.next_hop,
          .entrance = way.entrance,
          .payers = {route.meter}};
}

Flow flow_to_client(const Route& route, const Way& way) {
  return {.from = route.peer.plain(),
          .to = route.relay.plain(),
          .new_from = route.client.server.plain(),
          .new_to = route.client.client.plain(),
          .new_channel = route.channel,
          .next_hop = way.next_hop,
          .entrance = way.entrance,
          .payers = {route.meter}};
}

Flow flow_between(const Route& sender, const Route& receiver, const Way& way) {
  return {.from = sender.client.client.plain(),
          .to = sender.client.server.plain(),
          .channel = sender.channel,
          .new_from = receiver.client.server.plain(),
          .new_to = receiver.client.client.plain(),
          .new_channel = receiver.channel,
          .next_hop = way.next_hop,
          .entrance = way.entrance,
          .payers = {sender.meter, receiver.meter}};
}

}  // namespace turnpike::kernel
