// Scripts of routes and next hops, and the whole list of what happens to flows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "route_sink_world.hpp"
#include "turnpike/base/random.hpp"

namespace turnpike::kernel {
namespace {

using relay::Route;
using relay::Traffic;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kToPeer =
    "198.51.100.1:4000>203.0.113.1:3478#4001 = 203.0.113.2:50000>192.0.2.1:5000 by 3";
constexpr const char* kToClient =
    "192.0.2.1:5000>203.0.113.2:50000 = 203.0.113.1:3478>198.51.100.1:4000#4001 by 2";

std::string add(int id, const char* flow, int deadline_s = 100) {
  return fmt::format("add {}: {} until {}", id, flow, deadline_s);
}

TEST_F(RouteSinkTest, a_channel_is_two_flows_while_it_is_published) {
  publish(channel_route());
  EXPECT_THAT(store.take(), ElementsAre(add(1, kToPeer), add(2, kToClient)));
  sink.retract(channel_route(0), now);
  EXPECT_THAT(store.take(), ElementsAre("remove 1", "remove 2"));
  sink.retract(channel_route(), now);
  EXPECT_THAT(store.take(), IsEmpty());
}

TEST_F(RouteSinkTest, an_allocation_has_flows_while_the_kernel_relays_one_of_its_channels) {
  EXPECT_FALSE(sink.has_flows(7));
  publish(channel_route());
  EXPECT_TRUE(sink.has_flows(7));
  EXPECT_FALSE(sink.has_flows(6) || sink.has_flows(8));
  sink.retract(channel_route(), now);
  EXPECT_FALSE(sink.has_flows(7));
}

TEST_F(RouteSinkTest, another_deadline_only_extends) {
  publish(channel_route());
  store.take();
  publish(channel_route());
  EXPECT_THAT(store.take(), IsEmpty());
  publish(channel_route(200));
  EXPECT_THAT(store.take(), ElementsAre("extend 1 until 200", "extend 2 until 200"));
  publish(channel_route(50));
  EXPECT_THAT(store.take(), ElementsAre("extend 1 until 50", "extend 2 until 50"));
}

TEST_F(RouteSinkTest, what_the_kernel_cannot_relay_is_left_to_the_sockets) {
  const struct {
    const char* name;
    void (*alter)(Route&);
  } table[] = {
      {"a permission", [](Route& route) { route.channel = 0, route.peer.port = 0; }},
      {"TCP", [](Route& route) { route.client.transport = Transport::tcp; }},
      {"TLS", [](Route& route) { route.client.transport = Transport::tls; }},
      {"DTLS", [](Route& route) { route.client.transport = Transport::dtls; }},
      {"a peer that no interface leads to", [](Route& route) { route.peer.address = route.relay.address; }},
      {"a client that no interface leads to",
       [](Route& route) { route.client.client.address = route.client.server.address; }},
  };
  for (const auto& row : table) {
    Route route = channel_route();
    row.alter(route);
    publish(route);
    sink.retract(route, now);
    EXPECT_THAT(store.take(), IsEmpty()) << row.name;
  }
}

TEST_F(RouteSinkTest, what_arrives_where_the_program_is_not_has_no_flow) {
  serve({2});
  publish(channel_route());
  EXPECT_THAT(store.take(), ElementsAre(add(1, kToPeer))) << "it may leave where the program is not";
  serve({3});
  EXPECT_THAT(store.take(), ElementsAre("remove 1", add(2, kToClient)));
  serve({});
  EXPECT_THAT(store.take(), ElementsAre("remove 2"));
}

// Loopback was told to take packets of this host's own addresses when the program came to it, not before.
TEST_F(RouteSinkTest, what_is_for_this_host_is_relayed_while_the_program_is_at_loopback) {
  constexpr const char* kToLocalPeer =
      "198.51.100.1:4000>203.0.113.1:3478#4001 = 203.0.113.2:50000>192.0.2.1:5000 by 1";
  network.interface_to[kPeer] = kLoopbackIndex;
  publish(channel_route());
  EXPECT_THAT(store.take(), IsEmpty()) << "neither there nor back";
  EXPECT_EQ(sink.admissions().not_added[static_cast<std::size_t>(NoFlow::no_program)], 2U);
  serve({kLoopbackIndex, 2});
  EXPECT_THAT(store.take(), ElementsAre(add(1, kToLocalPeer), add(2, kToClient)));
  EXPECT_TRUE(store.flows.at(1).first.next_hop.is_local);
  EXPECT_EQ(store.flows.at(2).first.entrance.interface, kLoopbackIndex);
  serve({2});
  EXPECT_THAT(store.take(), ElementsAre("remove 1", "remove 2"));
}

TEST_F(RouteSinkTest, a_client_and_a_peer_on_this_host_are_two_flows_by_loopback) {
  network.interface_to = {{kClient, kLoopbackIndex}, {kPeer, kLoopbackIndex}};
  serve({kLoopbackIndex});
  publish(channel_route());
  EXPECT_THAT(store.flows, testing::SizeIs(2));
  for (const auto& [id, flow] : store.flows) {
    EXPECT_TRUE(flow.first.next_hop.is_local);
    EXPECT_EQ(flow.first.entrance.interface, kLoopbackIndex);
  }
}

TEST_F(RouteSinkTest, the_name_of_a_route_is_its_channel_and_its_ends) {
  publish(channel_route());
  store.take();
  Route other = channel_route();
  other.peer.port = 5001;  // the number is another peer's now
  sink.retract(other, now);
  other = channel_route();
  other.channel = 0x4002;
  sink.retract(other, now);
  other = channel_route();
  other.allocation = 8;
  sink.retract(other, now);
  EXPECT_THAT(store.take(), IsEmpty());
}

TEST_F(RouteSinkTest, without_room_the_sockets_relay_until_it_is_published_again) {
  store.room = 1;
  publish(channel_route());
  EXPECT_THAT(store.take(), ElementsAre(add(1, kToPeer)));
  store.room = 2;
  publish(channel_route(200));
  EXPECT_THAT(store.take(), ElementsAre("extend 1 until 200", add(2, kToClient, 200)));
}

TEST_F(RouteSinkTest, a_changed_next_hop_makes_another_flow_in_its_place) {
  publish(channel_route());
  store.take();
  change_network();
  EXPECT_THAT(store.take(), IsEmpty()) << "the same as before";

  change(kPeer, 2);
  EXPECT_THAT(store.take(), ElementsAre("remove 1",
                                        "add 3: 198.51.100.1:4000>203.0.113.1:3478#4001 = "
                                        "203.0.113.2:50000>192.0.2.1:5000 by 2 until 100",
                                        "remove 2", add(4, kToClient)))
      << "the way back begins where the way there ends";
  change(kPeer, 0);
  EXPECT_THAT(store.take(), ElementsAre("remove 3", "remove 4"));
  change(kPeer, 3);
  EXPECT_THAT(store.take(), ElementsAre(add(5, kToPeer), add(6, kToClient)));
}

TEST_F(RouteSinkTest, another_neighbour_on_the_same_way_is_told_to_the_flow_that_is_there) {
  publish(channel_route());
  store.take();
  for (const std::uint8_t last : {7, 8, 0}) {
    network.neighbour.back() = last;
    change_network();
    EXPECT_THAT(store.take(), ElementsAre(fmt::format("neighbour of 1 is {}", last),
                                          fmt::format("neighbour of 2 is {}", last)));
  }
}

TEST_F(RouteSinkTest, where_packets_come_in_is_part_of_a_flow) {
  network.own_mac = {2, 2};
  publish(channel_route());
  store.take();
  EXPECT_EQ(store.flows.at(1).first.entrance, (Entrance{2, {2, 2}}));
  EXPECT_EQ(store.flows.at(2).first.entrance, (Entrance{3, {2, 2}}));
  network.interface_to[kClient] = 3;
  change_network();
  EXPECT_THAT(store.flows, testing::SizeIs(2));
  EXPECT_EQ(store.flows.at(3).first.entrance, (Entrance{3, {2, 2}}));
  store.take();
  network.own_mac = {2, 3};
  change_network();
  EXPECT_EQ(store.flows.at(5).first.entrance, (Entrance{3, {2, 3}})) << "the interface has another address";
}

TEST_F(RouteSinkTest, flows_take_from_the_budget_of_the_user_or_of_both_users) {
  FacingPair pair;
  pair.first.meter = 4;
  pair.second.meter = 5;
  publish(pair.first);
  publish(pair.second);
  EXPECT_THAT(store.flows.at(1).first.payers, ElementsAre(4, 5));
  EXPECT_THAT(store.flows.at(2).first.payers, ElementsAre(5, 4));
  Route alone = channel_route();
  alone.allocation = 9;
  alone.channel = 0x4009;
  alone.peer.port = 5009;
  alone.meter = 6;
  publish(alone);
  for (const FlowId id : {3U, 4U}) EXPECT_THAT(store.flows.at(id).first.payers, ElementsAre(6, 0));
}

TEST_F(RouteSinkTest, what_is_beyond_a_budget_is_dropped_for_its_allocation_and_between_two_for_the_sender) {
  publish(channel_route());
  store.flows.at(1).second = {1, 100, now, 20};
  store.flows.at(2).second = {0, 0, now, 3};
  EXPECT_EQ(sink.traffic(7).packets_dropped, 23U);
  sink.retract(channel_route(), now);
  EXPECT_EQ(sink.take_traffic(7).packets_dropped, 23U);

  const FacingPair pair;
  publish(pair.first);
  publish(pair.second);
  store.flows.at(3).second = {1, 100, now, 50};
  store.flows.at(4).second = {1, 100, now, 6};
  const auto dropped = [&] {
    return std::set{sink.traffic(7).packets_dropped, sink.traffic(8).packets_dropped};
  };
  EXPECT_THAT(dropped(), ElementsAre(6, 50));
  sink.retract(pair.second, now);
  EXPECT_THAT(dropped(), ElementsAre(6, 50));
}

TEST_F(RouteSinkTest, a_channel_to_another_channel_s_relay_that_leads_elsewhere_is_the_sockets) {
  FacingPair pair;
  pair.second.peer.port = 50009;
  publish(pair.first);
  publish(pair.second);
  EXPECT_THAT(store.take(), IsEmpty());
}

TEST_F(RouteSinkTest, what_was_relayed_is_counted_for_the_allocation) {
  publish(channel_route());
  Route second = channel_route();
  second.channel = 0x4002;
  publish(second);
  Route foreign = channel_route();
  foreign.allocation = 8;
  publish(foreign);
  int weight = 1;
  for (auto& [id, flow] : store.flows) {
    flow.second = {static_cast<std::uint64_t>(weight), static_cast<std::uint64_t>(100 * weight),
                   now + Duration(weight)};
    weight *= 10;
  }
  const Traffic all{.packets_from_client = 101,
                    .bytes_from_client = 10100,
                    .packets_to_client = 1010,
                    .bytes_to_client = 101000,
                    .heard = now + Duration(100)};
  EXPECT_EQ(sink.traffic(7), all);
  sink.retract(channel_route(), now);
  EXPECT_EQ(sink.traffic(7), all) << "of flows that are gone and of those that live";
  sink.retract(second, now);
  EXPECT_EQ(sink.take_traffic(7), all);
  EXPECT_EQ(sink.take_traffic(7), Traffic{});
  EXPECT_EQ(sink.traffic(8), (Traffic{.packets_from_client = 10000,
                                      .bytes_from_client = 1000000,
                                      .packets_to_client = 100000,
                                      .bytes_to_client = 10000000,
                                      .heard = now + Duration(10000)}));
}

// Channels of so many clients, each at an address of its own.
std::vector<Route> routes_of_clients(std::size_t count) {
  std::vector<Route> routes(count, channel_route());
  for (std::size_t i = 0; i < count; ++i) {
    routes[i].client.client.address = IpAddress::v4(198, 51, 100, static_cast<std::uint8_t>(1 + i));
    routes[i].relay.port = static_cast<std::uint16_t>(50000 + i);
    routes[i].allocation = 7 + i;
  }
  return routes;
}

TEST_F(RouteSinkTest,
       an_interface_is_named_whose_flows_never_relayed_though_packets_of_several_clients_came) {
  const auto routes = routes_of_clients(RouteSink::kPassedClientsMin);
  for (const Route& route : routes) {
    network.interface_to[route.client.client.address] = 2;
    publish(route);
  }
  // So many looks at packets of these clients in turn.
  const auto named_among = [&](std::size_t clients, bool from_client, std::uint32_t looks) {
    std::vector<std::uint32_t> named;
    for (std::uint32_t i = 0; i < looks * RouteSink::kPassedPerLook; ++i) {
      const Route& route = routes[i / RouteSink::kPassedPerLook % clients];
      if (const std::uint32_t interface = sink.note_passed(route, from_client)) named.push_back(interface);
    }
    return named;
  };
  constexpr std::uint32_t kMax = RouteSink::kPassedMax;
  EXPECT_THAT(named_among(1, true, 20 * kMax), IsEmpty()) << "one client alone";
  EXPECT_THAT(named_among(routes.size() - 1, true, 20 * kMax), IsEmpty()) << "too few";
  EXPECT_THAT(named_among(routes.size(), true, routes.size()), ElementsAre(2)) << "several";
  EXPECT_THAT(named_among(routes.size(), true, kMax - 1), IsEmpty()) << "anew";
  EXPECT_THAT(named_among(routes.size(), false, kMax - 1), IsEmpty()) << "at the other interface";
  EXPECT_THAT(named_among(routes.size(), true, 1), ElementsAre(2)) << "flows of one interface count together";
  EXPECT_THAT(named_among(routes.size(), false, 1), ElementsAre(3));

  for (auto& [id, flow] : store.flows) flow.second.packets = 1;
  EXPECT_THAT(named_among(routes.size(), true, 2 * kMax), IsEmpty()) << "a single relayed packet is proof";
}

TEST_F(RouteSinkTest, what_has_no_flow_passes_without_doubt) {
  Route stream = channel_route(), permission = channel_route(), unknown = channel_route();
  stream.client.transport = Transport::tcp;
  permission.channel = 0;
  permission.peer.port = 0;
  unknown.allocation = 99;
  publish(channel_route());
  serve({});
  for (const Route& route : {channel_route(), stream, permission, unknown}) {
    for (std::uint32_t i = 0; i < 2 * RouteSink::kPassedPerLook * RouteSink::kPassedMax; ++i)
      ASSERT_EQ(sink.note_passed(route, i % 2 == 0), 0U);
  }
}

TEST_F(RouteSinkTest, a_flow_that_moves_takes_its_counts_along) {
  publish(channel_route());
  store.flows.at(1).second = {3, 300, now};
  change(kPeer, 2);
  store.flows.at(3).second = {4, 400, now};
  EXPECT_EQ(sink.traffic(7), (Traffic{.packets_from_client = 7, .bytes_from_client = 700, .heard = now}));
}

// Routes, interfaces and next hops come and go at random; after a revision the flows are exactly those that a
// plain list asks for.
TEST_F(RouteSinkTest, agrees_with_a_list) {
  SeededRandom random(5);
  std::map<std::uint16_t, Route> list;
  for (int round = 0; round < 3000; ++round) {
    Route route = channel_route(round);
    const auto peer = static_cast<std::uint8_t>(random.below(6));
    route.channel = static_cast<std::uint16_t>(0x4000 + peer);
    route.peer.address = IpAddress::v4(192, 0, 2, peer);
    switch (random.below(4)) {
      case 0: sink.retract(route, now), list.erase(route.channel); break;
      case 1: change(route.peer.address, static_cast<std::uint32_t>(random.below(4))); break;
      default: publish(route), list[route.channel] = route;
    }
    std::size_t expected = 0;
    for (const auto& [channel, published] : list) {
      const auto hop = network.interface_to.find(published.peer.address);
      if (hop == network.interface_to.end()) continue;
      expected += hop->second == kLoopbackIndex ? 0 : 2;  // no program is there
    }
    ASSERT_EQ(store.flows.size(), expected) << "round " << round;
    for (const auto& [id, flow] : store.flows) {
      ASSERT_EQ(flow.first.next_hop.interface, network.interface_to.at(flow.first.new_to.address))
          << "round " << round;
    }
  }
}

}  // namespace
}  // namespace turnpike::kernel
