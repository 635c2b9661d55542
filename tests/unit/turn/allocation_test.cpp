// An allocation as a value: what of it ends next, and the routes that its permissions and channels stand for.
#include "turnpike/turn/allocation.hpp"

#include <gtest/gtest.h>

#include "any_endpoint.hpp"

namespace turnpike::turn {
namespace {

using std::chrono::seconds;

using test::at;
TimePoint second(int n) { return TimePoint(seconds(n)); }

const test::AnyEndpoint kPeerV4 = at("192.0.2.1:5000");
const test::AnyEndpoint kPeerV6 = at("[2001:db8:5::1]:5000");

Allocation dual() {
  Allocation allocation;
  allocation.id = 42;
  allocation.client = {{at("198.51.100.1:4000"), at("203.0.113.1:3478"), Transport::tls}, {2, 7}};
  allocation.meter = 5;
  allocation.halves = {{at("203.0.113.1:50000"), second(600)}, {at("[2001:db8::1]:50001"), second(700)}};
  allocation.permissions = {{kPeerV4.address, second(300), true, {}},
                            {kPeerV6.address, second(900), false, {}}};
  allocation.channels = {{0x4000, kPeerV4, second(500), {}}, {0x4001, kPeerV6, second(950), {}}};
  return allocation;
}

TEST(Allocation, its_parts_are_found_by_what_names_them) {
  Allocation allocation = dual();
  EXPECT_EQ(allocation.half(Family::ipv4)->relay, at("203.0.113.1:50000"));
  EXPECT_EQ(allocation.half(Family::ipv6)->relay, at("[2001:db8::1]:50001"));
  EXPECT_EQ(allocation.permission(kPeerV4.address), &allocation.permissions[0]);
  EXPECT_EQ(allocation.permission(at("192.0.2.2:1").address), nullptr);
  EXPECT_EQ(allocation.channel(0x4001), &allocation.channels[1]);
  EXPECT_EQ(allocation.channel(0x4002), nullptr);
  EXPECT_EQ(allocation.channel(kPeerV4), &allocation.channels[0]);
  EXPECT_EQ(allocation.channel(kPeerV4.with_port(5001)), nullptr);
  allocation.halves.pop_back();
  EXPECT_EQ(allocation.half(Family::ipv6), nullptr);
}

TEST(Allocation, the_next_deadline_is_the_earliest_of_all) {
  Allocation allocation = dual();
  EXPECT_EQ(allocation.next_deadline(), second(300));
  allocation.permissions.erase(allocation.permissions.begin());
  EXPECT_EQ(allocation.next_deadline(), second(500));
  allocation.channels.erase(allocation.channels.begin());
  EXPECT_EQ(allocation.next_deadline(), second(600));
}

TEST(Allocation, a_permissions_route_has_no_port_and_the_earlier_deadline) {
  const Allocation allocation = dual();
  const relay::Route v4 = allocation.route(allocation.permissions[0]);
  EXPECT_TRUE(v4.is_permission());
  EXPECT_EQ(v4.client, allocation.client.tuple);
  EXPECT_EQ(v4.ref, (relay::ClientRef{2, 7}));
  EXPECT_EQ(v4.relay, at("203.0.113.1:50000"));
  EXPECT_EQ(v4.peer, kPeerV4.with_port(0));
  EXPECT_EQ(v4.ports_filtered, 1);
  EXPECT_EQ(v4.meter, 5U);
  EXPECT_EQ(v4.allocation, 42U);
  EXPECT_EQ(v4.deadline, second(300));
  const relay::Route v6 = allocation.route(allocation.permissions[1]);
  EXPECT_EQ(v6.relay, at("[2001:db8::1]:50001"));
  EXPECT_EQ(v6.ports_filtered, 0);
  EXPECT_EQ(v6.deadline, second(700)) << "that of its half";
}

TEST(Allocation, a_channels_route_ends_with_the_first_of_half_permission_and_channel_TURN_CHD_04) {
  Allocation allocation = dual();
  EXPECT_EQ(allocation.route(allocation.channels[0]).deadline, second(300));
  EXPECT_EQ(allocation.route(allocation.channels[1]).deadline, second(700));
  allocation.permissions[0].expires = second(550);
  EXPECT_EQ(allocation.route(allocation.channels[0]).deadline, second(500));
  EXPECT_EQ(allocation.route(allocation.channels[0]).channel, 0x4000);
  EXPECT_EQ(allocation.route(allocation.channels[0]).peer, kPeerV4);
  allocation.permissions.clear();
  EXPECT_EQ(allocation.route(allocation.channels[0]).deadline, TimePoint{})
      << "nothing passes without a permission";
}

}  // namespace
}  // namespace turnpike::turn
