// Which end of a route stands where in the flows that are made of it.
#include "turnpike/kernel/route_flow.hpp"

#include <gtest/gtest.h>

namespace turnpike::kernel {
namespace {

// Every endpoint of a route has an address of its own, so that none can stand for another.
relay::Route route(std::uint8_t number) {
  relay::Route made;
  made.client.client = {IpAddress::v4(198, 51, 100, number), 4000};
  made.client.server = {IpAddress::v4(203, 0, 113, number), 3478};
  made.relay = {IpAddress::v4(10, 0, 0, number), 50000};
  made.peer = {IpAddress::v4(192, 0, 2, number), 5000};
  made.channel = static_cast<std::uint16_t>(0x4000 + number);
  made.meter = number;
  return made;
}

TEST(RouteFlow, takes_channel_data_from_the_client_and_sends_its_payload_from_the_relay) {
  const relay::Route one = route(1);
  const Way way{{.interface = 6, .mac = {6}}, {.interface = 7, .gateway = {}}};
  const Flow flow = flow_to_peer(one, way);
  EXPECT_EQ(flow, (Flow{.from = one.client.client.plain(),
                        .to = one.client.server.plain(),
                        .channel = one.channel,
                        .new_from = one.relay.plain(),
                        .new_to = one.peer.plain(),
                        .new_channel = 0,
                        .next_hop = way.next_hop,
                        .entrance = way.entrance,
                        .payers = {1, 0}}));
}

TEST(RouteFlow, takes_payload_from_the_peer_and_sends_channel_data_from_the_server) {
  const relay::Route one = route(1);
  const Way way{{.interface = 6, .mac = {6}}, {.interface = 7, .gateway = {}}};
  EXPECT_EQ(flow_to_client(one, way), (Flow{.from = one.peer.plain(),
                                            .to = one.relay.plain(),
                                            .channel = 0,
                                            .new_from = one.client.server.plain(),
                                            .new_to = one.client.client.plain(),
                                            .new_channel = one.channel,
                                            .next_hop = way.next_hop,
                                            .entrance = way.entrance,
                                            .payers = {1, 0}}));
}

TEST(RouteFlow, joins_two_clients_without_their_relays_between_them) {
  const relay::Route sender = route(1), receiver = route(2);
  const Way way{{.interface = 6, .mac = {6}}, {.interface = 7, .gateway = {}}};
  EXPECT_EQ(flow_between(sender, receiver, way), (Flow{.from = sender.client.client.plain(),
                                                       .to = sender.client.server.plain(),
                                                       .channel = sender.channel,
                                                       .new_from = receiver.client.server.plain(),
                                                       .new_to = receiver.client.client.plain(),
                                                       .new_channel = receiver.channel,
                                                       .next_hop = way.next_hop,
                                                       .entrance = way.entrance,
                                                       .payers = {1, 2}}));
}

}  // namespace
}  // namespace turnpike::kernel
