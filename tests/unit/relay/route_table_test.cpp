// Routes are found from both ends, and what was relayed is counted for each allocation.
#include "turnpike/relay/route_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "any_endpoint.hpp"
#include "turnpike/base/random.hpp"

namespace turnpike::relay {
namespace {

using std::chrono::seconds;

using test::at;

Route channel_route(std::uint16_t number = 0x4000, const char* peer = "192.0.2.1:5000") {
  Route route;
  route.client = {at("198.51.100.1:4000"), at("203.0.113.1:3478"), Transport::udp};
  route.ref = {0, 7};
  route.relay = at("203.0.113.1:50000");
  route.peer = at(peer);
  route.channel = number;
  route.deadline = TimePoint(seconds(100));
  route.allocation = 1;
  return route;
}

Route permission_route(const char* peer = "192.0.2.1:0") { return channel_route(0, peer); }

TEST(RouteTable, a_channel_is_found_by_number_and_by_exactly_its_peer) {
  RouteTable table;
  const Route route = channel_route();
  table.publish(route);
  EXPECT_EQ(table.by_channel(route.client, 0x4000)->route, route);
  EXPECT_EQ(table.channel_from_peer(route.relay, route.peer)->route, route);
  EXPECT_EQ(table.size(), 1U);

  FiveTuple other = route.client;
  other.transport = Transport::tcp;
  EXPECT_EQ(table.by_channel(other, 0x4000), nullptr);
  EXPECT_EQ(table.by_channel(route.client, 0x4001), nullptr);
  EXPECT_EQ(table.by_channel(route.client, 0), nullptr);
  EXPECT_EQ(table.channel_from_peer(route.relay, route.peer.with_port(5001)), nullptr);
  EXPECT_EQ(table.channel_from_peer(route.relay.with_port(50001), route.peer), nullptr);
  EXPECT_EQ(table.by_permission(route.client, route.peer.address), nullptr);
  EXPECT_EQ(table.permission_from_peer(route.relay, route.peer.address), nullptr);
}

TEST(RouteTable, a_permission_is_found_by_address_beside_a_channel_of_the_same_peer) {
  RouteTable table;
  const Route permission = permission_route();
  table.publish(permission);
  table.publish(channel_route());
  EXPECT_EQ(table.by_permission(permission.client, permission.peer.address)->route, permission);
  EXPECT_EQ(table.permission_from_peer(permission.relay, permission.peer.address)->route, permission);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_EQ(table.by_permission(permission.client, at("192.0.2.2:0").address), nullptr);
  EXPECT_EQ(table.permission_from_peer(permission.relay, at("[::ffff:192.0.2.1]:0").address), nullptr);

  table.retract(permission);
  EXPECT_EQ(table.by_permission(permission.client, permission.peer.address), nullptr);
  EXPECT_NE(table.by_channel(permission.client, 0x4000), nullptr);
}

TEST(RouteTable, publishing_again_moves_deadline_and_socket_and_retracting_needs_neither) {
  RouteTable table;
  Route route = channel_route();
  table.publish(route, 7);
  route.deadline = TimePoint(seconds(200));
  table.publish(route, 8);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.by_channel(route.client, 0x4000)->route.deadline, TimePoint(seconds(200)));
  EXPECT_EQ(table.by_channel(route.client, 0x4000)->relay_socket, 8U);
  route.deadline = TimePoint{};
  table.retract(route);
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.channel_from_peer(route.relay, route.peer), nullptr);
}

TEST(RouteTable, retracting_what_is_not_there_changes_nothing) {
  RouteTable table;
  const Route route = channel_route();
  table.retract(route);
  table.publish(route);
  table.retract(channel_route(0x4001));
  table.retract(channel_route(0x4000, "192.0.2.2:5000"));  // the number is another peer's now
  table.retract(permission_route());
  EXPECT_EQ(table.by_channel(route.client, 0x4000)->route, route);
  EXPECT_EQ(table.channel_from_peer(route.relay, route.peer)->route, route);
}

TEST(RouteTable, traffic_is_counted_for_the_allocation_and_outlives_its_routes_until_taken) {
  RouteTable table;
  Route other = channel_route(0x4000, "192.0.2.9:9");
  other.client.client.port = 4001;
  other.relay.port = 50001;
  other.allocation = 2;
  table.publish(channel_route());
  table.publish(permission_route());
  table.publish(other);
  table.by_channel(channel_route().client, 0x4000)->traffic->bytes_from_client += 10;
  table.by_permission(channel_route().client, at("192.0.2.1:0").address)->traffic->bytes_from_client += 5;
  table.by_channel(other.client, 0x4000)->traffic->packets_to_client += 1;
  table.retract(channel_route());
  table.retract(permission_route());
  EXPECT_EQ(table.traffic(1), (Traffic{.bytes_from_client = 15}));
  EXPECT_EQ(table.take_traffic(1), (Traffic{.bytes_from_client = 15}));
  EXPECT_EQ(table.take_traffic(1), Traffic{});
  EXPECT_EQ(table.traffic(2), (Traffic{.packets_to_client = 1}));
  EXPECT_EQ(table.traffic(3), Traffic{});
}

// Routes come and go at random; a plain list says what must be found.
TEST(RouteTable, agrees_with_a_list) {
  RouteTable table;
  SeededRandom random(3);
  std::vector<Route> list;
  const auto same = [](const Route& a, const Route& b) {
    return a.client == b.client && a.channel == b.channel && a.peer == b.peer;
  };
  for (int round = 0; round < 20'000; ++round) {
    const auto client = random.below(8);
    const auto peer = random.below(8);
    Route route =
        random.below(2) == 0 ? channel_route(static_cast<std::uint16_t>(0x4000 + peer)) : permission_route();
    route.client.client.port = static_cast<std::uint16_t>(4000 + client);
    route.relay.port = static_cast<std::uint16_t>(50000 + client);
    route.peer.address = IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(peer));
    route.allocation = client;
    route.deadline = TimePoint(seconds(round));
    const auto known = std::ranges::find_if(list, [&](const Route& other) { return same(other, route); });
    if (random.below(2) == 0) {
      table.publish(route);
      known == list.end() ? list.push_back(route) : void(*known = route);
    } else {
      table.retract(route);
      if (known != list.end()) list.erase(known);
    }
    ASSERT_EQ(table.size(), list.size());
  }
  for (const Route& route : list) {
    const bool permission = route.is_permission();
    const auto* from_client = permission ? table.by_permission(route.client, route.peer.address)
                                         : table.by_channel(route.client, route.channel);
    const auto* from_peer = permission ? table.permission_from_peer(route.relay, route.peer.address)
                                       : table.channel_from_peer(route.relay, route.peer);
    ASSERT_NE(from_client, nullptr);
    EXPECT_EQ(from_client, from_peer);
    EXPECT_EQ(from_client->route, route);
  }
}

}  // namespace
}  // namespace turnpike::relay
