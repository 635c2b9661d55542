// What other servers have been hurt by, tried on the whole core.
#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

constexpr const char* kNeverByDefault[] = {
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00::1",
    "ff02::1",
    "100::1",
    "::ffff:127.0.0.1",
    "::ffff:127.0.0.2",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "::ffff:20.0.2.1",  // mapped
    "::127.0.0.1",
    "::20.0.2.1",          // compatible
    "2002:7f00:1::1",      // 6to4
    "2001:0:1:2:3:4:5:6",  // Teredo
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",     // NAT64
    "64:ff9b:1::7f00:1",  // NAT64, local use
    "::ffff:0:7f00:1",    // SIIT
    "2a00:db8::5efe:7f00:1",
    "2a00:db8::200:5efe:a00:1",  // ISATAP
};

TEST(Abuse, the_network_behind_the_server_is_out_of_reach_S1_S5_S7_S8_S9_TURN_PERM_13_TURN_PERM_14) {
  World world;
  TestClient client(world);
  const auto relays = client.allocate({additional_family(2)}).relays();
  for (const auto* address : kNeverByDefault) {
    const Endpoint target{ip(address), 80};
    EXPECT_EQ(client.request(Method::create_permission, {peer(target)}).code(), 403) << address;
    EXPECT_EQ(client.request(Method::create_permission, {peer(target.with_port(0))}).code(), 403) << address;
    EXPECT_EQ(client.request(Method::channel_bind, {channel(0x4000), peer(target)}).code(), 403) << address;
    client.send(indication(Method::send, {peer(target), data("hello")}));
    EXPECT_FALSE(world.peer_sends(relays.at(target.address.is_v4() ? 0 : 1), target, as_bytes("hello")))
        << address;
  }
  EXPECT_TRUE(world.take_arrived().empty());
  EXPECT_TRUE(world.routes().empty());
}

TEST(Abuse, an_allow_rule_opens_what_it_names_and_no_other_form_of_it_S7_S8) {
  WorldOptions options;
  options.peers.allow = {{IpPrefix::parse("10.0.0.0/8").value()},
                         {IpPrefix::parse("fd00::/8").value()},
                         {IpPrefix::parse("127.0.0.1").value()}};
  World world(options);
  TestClient client(world);
  client.allocate({additional_family(2)});
  for (const auto* address : {"10.1.2.3:80", "[fd00::7]:80", "127.0.0.1:80"})
    EXPECT_EQ(client.permit(address).code(), 0) << address;
  for (const auto* address :
       {"[::ffff:10.1.2.3]:80", "[::10.1.2.3]:80", "[2002:a01:203::1]:80", "[64:ff9b::a01:203]:80",
        "[64:ff9b:1::a01:203]:80", "[::ffff:0:a01:203]:80", "[2a00:db8::5efe:a01:203]:80",
        "[::ffff:127.0.0.1]:80", "127.0.0.2:80", "192.168.0.1:80", "[::1]:80"}) {
    EXPECT_EQ(client.permit(address).code(), 403) << address;
  }
}

TEST(Abuse, a_loop_through_the_listener_or_ones_own_relay_is_not_possible_by_default_S12) {
  WorldOptions options;
  options.peers.own_listeners = {at("203.0.113.1:3478"), at("[2a00:db8::1]:3478"), at("203.0.113.1:9478")};
  options.peers.allow = {{IpPrefix::parse("0.0.0.0/0").value()}, {IpPrefix::parse("::/0").value()}};
  World world(options);
  TestClient client(world);
  client.allocate({additional_family(2)});
  for (const auto* address : {"203.0.113.1:3478", "[2a00:db8::1]:3478", "203.0.113.1:9478"}) {
    EXPECT_EQ(client.bind(0x4000, address).code(), 403) << address;
    client.permit(address);
    EXPECT_FALSE(client.reaches(address)) << address;
  }
}

// Requests of this client, of which none needs an answer.
void guess(World& world, TestClient& client, int times) {
  for (int i = 0; i < times; ++i) world.send(client.make(Method::allocate, {transport(17)}), client.id());
}

TEST(Abuse, who_has_tried_too_many_keys_in_a_second_does_not_learn_which_one_is_right) {
  WorldOptions options;
  options.server.unauthenticated_per_second = 20;
  World world(options);
  TestClient owner(world, "198.51.100.1:1", kUser2);
  TestClient right(world, "198.51.100.1:2");
  TestClient wrong(world, "198.51.100.1:2", {.password = "wrong"});
  TestClient elsewhere(world, "198.51.100.2:1");
  EXPECT_EQ(owner.allocate().code(), 0);
  for (TestClient* client : {&right, &wrong, &elsewhere}) client->nonce();
  guess(world, wrong, 100);
  const Buffer asked = right.make(Method::allocate, {transport(17)});
  EXPECT_TRUE(world.send(asked, right.id()).empty());
  EXPECT_EQ(owner.refresh().code(), 0) << "no guess: it is the user's own allocation";
  EXPECT_EQ(elsewhere.allocate().code(), 0);
  world.advance(std::chrono::milliseconds(50));
  EXPECT_EQ(world.send(asked, right.id()).size(), 1U) << "a guess is free again, and this one is right";
  EXPECT_EQ(world.counts().places, 3U);
}

TEST(Abuse, an_allocation_over_tcp_buys_no_more_guesses_at_the_keys_of_others) {
  WorldOptions options;
  options.server.unauthenticated_per_second = 20;
  World world(options);
  TestClient guesser(world, "198.51.100.1:1", {}, Transport::tcp);
  TestClient wrong(world, "198.51.100.1:1", {"user2", "wrong"}, Transport::tcp);
  TestClient right(world, "198.51.100.1:1", kUser2, Transport::tcp);
  EXPECT_EQ(guesser.allocate().code(), 0);
  for (TestClient* client : {&wrong, &right}) client->nonce();
  guess(world, wrong, 100);
  EXPECT_TRUE(world.send(right.make(Method::refresh, {}), right.id()).empty());
  EXPECT_EQ(guesser.refresh().code(), 0);
}

TEST(Abuse, places_and_ports_come_back_whatever_happens_S28_S30) {
  World world({.ports = {50000, 50063}, .allocations_per_user_max = 8});
  SeededRandom random(11);
  const auto before = world.counts();
  std::vector<std::unique_ptr<TestClient>> clients;
  for (int i = 0; i < 6; ++i) {
    const auto over = i % 2 == 0 ? Transport::udp : Transport::tcp;
    clients.push_back(std::make_unique<TestClient>(world, "198.51.100.1:" + std::to_string(i + 1),
                                                   i < 3 ? Login{} : kUser2, over));
  }
  std::optional<turn::ReservationToken> reserved;
  for (int round = 0; round < 3000; ++round) {
    TestClient& client = *clients[random.below(6)];
    while (random.below(4) == 0) world.outcomes.push_back(random.below(2) == 0 ? kInUse : kNotPermitted);
    switch (random.below(8)) {
      case 0: client.allocate(); break;
      case 1: client.allocate({even_port(random.below(2) == 0)}); break;
      case 2: client.allocate({additional_family(2)}); break;
      case 3:
        if (const auto made = client.allocate({even_port(true)}).token()) reserved = made;
        break;
      case 4:
        if (reserved) client.allocate({token(*reserved)});
        break;
      case 5: client.refresh({lifetime(random.below(2) * 700)}); break;
      case 6: client.bind(0x4000, "20.0.2.1:5000"); break;
      case 7: world.close(client.id()); break;
    }
    world.advance(seconds(random.below(20)));
  }
  world.server().end_all(turn::EndReason::shutdown, world.now());
  world.drain();
  world.advance(seconds(32));
  world.counts();  // ends the reservations: their ports begin to rest
  world.advance(seconds(30));
  world.outcomes.clear();
  EXPECT_EQ(clients[0]->allocate({additional_family(2)}).code(), 0);
  EXPECT_EQ(world.counts().ports.free, before.ports.free - 2);
  EXPECT_EQ(world.counts().places, 1U);
}

}  // namespace
}  // namespace turnpike::test
