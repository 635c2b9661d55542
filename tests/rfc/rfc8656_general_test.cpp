// RFC 8656 sections 3, 5 and 6: which allocation a message belongs to, how long one lives, what it leaves
// behind.
#include "rfc/test_client.hpp"

#include <algorithm>

namespace turnpike::test {
namespace {

TEST(Rfc8656General, an_allocation_belongs_to_the_whole_5_tuple_TURN_GEN_01) {
  World world;
  TestClient udp(world, "198.51.100.1:4000");
  TestClient tcp(world, "198.51.100.1:4000", {}, Transport::tcp);
  TestClient other_port(world, "198.51.100.1:4001");
  TestClient v6(world, "[2a00:db8:7::1]:4000");
  std::set<Endpoint> relays;
  for (TestClient* client : {&udp, &tcp, &other_port, &v6}) relays.insert(client->allocate().relay());
  EXPECT_EQ(relays.size(), 4U);
  relay::Client other_server = udp.id();
  other_server.tuple.server.port = 3479;
  EXPECT_FALSE(world.server().has_allocation(other_server.tuple));
  EXPECT_EQ(udp.refresh({lifetime(0)}).code(), 0);
  EXPECT_EQ(tcp.refresh().code(), 0);
  EXPECT_EQ(world.server().allocation_count(), 3U);
}

TEST(Rfc8656General, requests_without_an_allocation_are_437_TURN_GEN_02_TURN_REFR_01) {
  World world;
  TestClient client(world);
  EXPECT_EQ(client.refresh().code(), 437);
  EXPECT_EQ(client.refresh({lifetime(0)}).code(), 437);
  EXPECT_EQ(client.permit("20.0.2.1:5000").code(), 437);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.1:5000").code(), 437);
}

TEST(Rfc8656General, data_without_an_allocation_is_dropped_in_silence_TURN_GEN_03) {
  World world;
  TestClient owner(world, "198.51.100.1:1");
  TestClient stranger(world, "198.51.100.1:2");
  owner.allocate();
  owner.bind(0x4000, "20.0.2.1:5000");
  EXPECT_FALSE(stranger.reaches("20.0.2.1:5000"));
  EXPECT_FALSE(stranger.reaches_on(0x4000, "20.0.2.1:5000"));
}

TEST(Rfc8656General, ports_are_unique_in_range_and_in_no_order_TURN_GEN_04_TURN_ALLOC_23_TURN_ALLOC_24) {
  World world;
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 1000; ++i) {
    TestClient client(world, "198.51.100.1:" + std::to_string(1024 + i));
    ports.push_back(client.allocate().relay().port);
  }
  EXPECT_EQ(std::set(ports.begin(), ports.end()).size(), 1000U);
  EXPECT_GE(std::ranges::min(ports), 49152);
  const auto upper_half = std::ranges::count_if(ports, [](std::uint16_t port) { return port >= 57344; });
  EXPECT_GT(upper_half, 400);
  EXPECT_LT(upper_half, 600);
  int run = 1;
  for (std::size_t i = 1; i < ports.size(); ++i) {
    run = ports[i] == ports[i - 1] + 1 ? run + 1 : 1;
    EXPECT_LE(run, 3);
  }
}

TEST(Rfc8656General, traffic_does_not_extend_an_allocation_and_its_end_frees_everything_TURN_GEN_05) {
  World world;
  const auto before = world.counts();
  TestClient client(world);
  const Endpoint relay = client.allocate({lifetime(600)}).relay();
  for (int second = 0; second < 590; second += 10) {
    if (second % 250 == 0) client.bind(0x4000, "20.0.2.1:5000");
    EXPECT_TRUE(client.reaches_on(0x4000, "20.0.2.1:5000"));
    EXPECT_TRUE(world.peer_sends(relay, "20.0.2.1:5000", "hello"));
    world.advance(seconds(10));
  }
  world.advance(seconds(9));
  EXPECT_TRUE(client.reaches_on(0x4000, "20.0.2.1:5000"));
  world.advance(seconds(1));
  EXPECT_FALSE(client.reaches_on(0x4000, "20.0.2.1:5000"));
  EXPECT_TRUE(world.relays().empty());
  EXPECT_EQ(world.take_log<turn::AllocationEnded>().at(0).reason, turn::EndReason::expired);
  world.advance(seconds(31));
  client.allocate();
  client.refresh({lifetime(0)});
  world.advance(seconds(31));
  TestClient(world, "198.51.100.1:9").allocate();  // wakes what has rested
  EXPECT_EQ(world.counts().ports.free, before.ports.free - 1);
}

TEST(Rfc8656General, a_deadline_served_late_changes_nothing_for_anybody_TURN_GEN_05) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.permit("20.0.2.1:5000");
  world.oversleep(seconds(299));
  EXPECT_TRUE(client.reaches("20.0.2.1:5000"));
  world.oversleep(seconds(1));
  EXPECT_FALSE(client.reaches("20.0.2.1:5000"));
  EXPECT_FALSE(world.peer_sends(relay, "20.0.2.1:5000", "hello"));
  client.permit("20.0.2.1:5000");
  world.oversleep(seconds(299));
  client.permit("20.0.2.1:5000");
  world.oversleep(seconds(1));
  EXPECT_FALSE(client.reaches("20.0.2.1:5000"));
  EXPECT_FALSE(world.peer_sends(relay, "20.0.2.1:5000", "hello"));
  world.icmp(relay, {at("20.0.2.1:5000"), 3, 3, 0});
  EXPECT_TRUE(world.take_inbox(client.id()).empty());
  EXPECT_EQ(client.refresh().code(), 437);
  EXPECT_EQ(client.allocate().code(), 0);
}

TEST(Rfc8656General, turn_methods_need_the_cookie_TURN_GEN_06) {
  World world;
  TestClient client(world);
  Buffer old = request(Method::allocate, {transport(17)});
  old[4] ^= 1;
  EXPECT_FALSE(client.ask(old).came());
}

TEST(Rfc8656General,
     data_over_the_users_budget_is_dropped_in_silence_in_both_directions_together_TURN_GEN_07_SEC_03) {
  World world({.bytes_per_second = 10'000});
  TestClient client(world, "198.51.100.1:1");
  TestClient same_user(world, "198.51.100.1:2");
  TestClient other_user(world, "198.51.100.1:3", kUser2);
  std::vector<Endpoint> relays;
  for (TestClient* each : {&client, &same_user, &other_user}) {
    relays.push_back(each->allocate().relay());
    each->bind(0x4000, "20.0.2.1:5000");
  }
  const std::string kilobyte(1000, 'x');
  const auto through = [&](TestClient& from, const Endpoint& relay) {
    int count = 0;
    for (int i = 0; i < 20; ++i) {
      count += from.reaches_on(0x4000, "20.0.2.1:5000", kilobyte) ? 1 : 0;
      count += world.peer_sends(relay, "20.0.2.1:5000", kilobyte) ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(through(client, relays[0]), 10);
  EXPECT_EQ(through(same_user, relays[1]), 0);
  EXPECT_EQ(through(other_user, relays[2]), 10);
  world.advance(std::chrono::milliseconds(500));
  EXPECT_EQ(through(same_user, relays[1]), 5);
}

TEST(Rfc8656General, a_late_refresh_is_437_and_others_get_the_port_last_TURN_GEN_08) {
  World world({.addresses = {ip("203.0.113.1")}, .ports = {50000, 50003}});
  TestClient client(world);
  const std::uint16_t port = client.allocate().relay().port;
  client.refresh({lifetime(0)});
  EXPECT_EQ(client.refresh().code(), 437);
  for (int i = 0; i < 3; ++i) {
    TestClient next(world, "198.51.100.1:" + std::to_string(i + 1), kUser2);
    EXPECT_NE(next.allocate().relay().port, port);
  }
  EXPECT_EQ(client.allocate().relay().port, port);
  client.refresh({lifetime(0)});
  TestClient last(world, "198.51.100.1:9", kUser2);
  EXPECT_EQ(last.allocate().relay().port, port) << "there is no other";
}

// What was let in for those before is let in for nobody else.
TEST(Rfc8656General, a_port_that_changes_hands_takes_no_permission_with_it_TURN_GEN_08) {
  World world({.addresses = {ip("203.0.113.1")}, .ports = {50000, 50000}});
  TestClient before(world, "198.51.100.1:1");
  TestClient after(world, "198.51.100.1:2", kUser2);
  const Endpoint relay = before.allocate().relay();
  before.bind(0x4000, "20.0.2.1:5000");
  EXPECT_TRUE(world.peer_sends(relay, "20.0.2.1:5000", "hello"));
  before.refresh({lifetime(0)});
  EXPECT_EQ(after.allocate().relay(), relay);
  EXPECT_TRUE(world.routes().empty());
  EXPECT_FALSE(world.peer_sends(relay, "20.0.2.1:5000", "late"));
  EXPECT_FALSE(before.reaches_on(0x4000, "20.0.2.1:5000"));
}

TEST(Rfc8656General, a_step_of_the_wall_clock_ends_and_prolongs_nothing_TURN_GEN_09) {
  World world;
  TestClient client(world);
  client.allocate({lifetime(3600)});
  client.bind(0x4000, "20.0.2.1:5000");
  world.step_wall_clock(seconds(10'000));
  EXPECT_TRUE(client.reaches_on(0x4000, "20.0.2.1:5000"));
  EXPECT_EQ(client.ask(client.make(Method::refresh, {})).code(), 0);
  world.step_wall_clock(seconds(-20'000));
  world.advance(seconds(600));
  EXPECT_FALSE(client.reaches_on(0x4000, "20.0.2.1:5000"));
}

TEST(Rfc8656General,
     after_a_delete_the_5_tuple_may_allocate_at_once_and_starts_empty_TURN_GEN_10_TURN_REFR_09_TURN_REFR_11) {
  for (const auto transport : {Transport::udp, Transport::tcp}) {
    World world;
    TestClient client(world, "198.51.100.1:1", {}, transport);
    client.allocate();
    client.bind(0x4000, "20.0.2.1:5000");
    EXPECT_EQ(client.refresh({lifetime(0)}).lifetime_s(), 0U);
    const Endpoint relay = client.allocate().relay();
    EXPECT_TRUE(world.relays().contains(relay));
    EXPECT_FALSE(client.reaches_on(0x4000, "20.0.2.1:5000"));
    EXPECT_FALSE(client.reaches("20.0.2.1:5000"));
    EXPECT_FALSE(world.peer_sends(relay, "20.0.2.1:5000", "hello"));
  }
}

TEST(Rfc8656General, the_end_of_a_connection_ends_its_allocation_and_only_then_its_place_TCPC_03_S30) {
  World world({.allocations_per_user_max = 1});
  TestClient client(world, "198.51.100.1:1", {}, Transport::tcp);
  TestClient next(world, "198.51.100.1:2", {}, Transport::tcp);
  client.allocate();
  client.bind(0x4000, "20.0.2.1:5000");
  EXPECT_EQ(next.allocate().code(), 486);
  world.close(client.id());
  EXPECT_TRUE(world.relays().empty());
  EXPECT_EQ(world.take_log<turn::AllocationEnded>().at(0).reason, turn::EndReason::client_closed);
  EXPECT_EQ(next.allocate().code(), 0);

  // While its relay still opens, the place is held until the socket is closed.
  world.close(next.id());
  world.hold_openings = true;
  next.allocate();
  world.close(next.id());
  EXPECT_EQ(client.allocate().code(), 486);
  world.open_next(kOpened);
  EXPECT_TRUE(world.relays().empty());
  EXPECT_TRUE(world.take_inbox(next.id()).empty());
  EXPECT_EQ(world.counts().places, 0U);
}

TEST(Rfc8656General, a_draining_server_takes_no_new_allocations_and_serves_the_old_ones_ALT_08) {
  World world;
  TestClient client(world, "198.51.100.1:1");
  TestClient late(world, "198.51.100.1:2");
  const Buffer allocate = client.make(Method::allocate, {transport(17), even_port(true)});
  const Answer first = client.ask(allocate);
  world.server().drain();
  EXPECT_EQ(late.allocate().code(), 508);
  EXPECT_EQ(late.allocate({token(*first.token())}).code(), 508);
  EXPECT_EQ(client.ask(allocate).relay(), first.relay());
  EXPECT_EQ(client.refresh().code(), 0);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.1:5000").code(), 0);
  EXPECT_TRUE(client.reaches_on(0x4000, "20.0.2.1:5000"));
}

TEST(Rfc8656General, revocation_ends_all_allocations_of_one_user_at_once) {
  World world;
  TestClient first(world, "198.51.100.1:1");
  TestClient second(world, "198.51.100.1:2");
  TestClient opening(world, "198.51.100.1:3");
  TestClient other(world, "198.51.100.1:4", kUser2);
  for (TestClient* client : {&first, &second, &other}) {
    client->allocate();
    client->bind(0x4000, "20.0.2.1:5000");
  }
  world.hold_openings = true;
  opening.allocate();
  EXPECT_EQ(world.server().revoke("user", world.now()), 2U);
  world.open_next(kOpened);
  world.drain();
  EXPECT_EQ(world.server().allocation_count(), 1U);
  EXPECT_EQ(world.relays().size(), 1U);
  EXPECT_FALSE(first.reaches_on(0x4000, "20.0.2.1:5000"));
  EXPECT_TRUE(other.reaches_on(0x4000, "20.0.2.1:5000"));
  for (const auto& ended : world.take_log<turn::AllocationEnded>())
    EXPECT_EQ(ended.reason, turn::EndReason::revoked);
}

TEST(Rfc8656General, whoever_is_barred_is_granted_nothing_until_the_bar_is_lifted_or_over) {
  World world;
  TestClient before(world, "198.51.100.1:1");
  TestClient again(world, "198.51.100.1:2");
  TestClient other(world, "198.51.100.1:3", kUser2);
  const auto reserved = before.allocate({even_port(true)}).token();
  world.ledger().bar("user", world.now().monotonic + seconds(20));
  EXPECT_EQ(before.refresh().code(), 0);  // ending what there is, is revoke()'s
  EXPECT_EQ(again.allocate().code(), 403);
  EXPECT_EQ(again.allocate({token(*reserved)}).code(), 403);
  EXPECT_EQ(world.ledger().held_by("user"), 2U);
  EXPECT_EQ(other.allocate().code(), 0);
  world.ledger().lift("user");
  EXPECT_EQ(again.allocate({token(*reserved)}).code(), 0);
  world.ledger().bar("user", world.now().monotonic + seconds(20));
  TestClient late(world, "198.51.100.1:4");
  EXPECT_EQ(late.allocate().code(), 403);
  world.advance(seconds(20));
  EXPECT_EQ(late.allocate().code(), 0);
}

}  // namespace
}  // namespace turnpike::test
