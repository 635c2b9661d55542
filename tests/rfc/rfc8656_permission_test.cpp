// RFC 8656 sections 9 and 10: permissions.
#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

TEST(Rfc8656Permission, at_least_one_peer_and_all_valid_TURN_PERM_01) {
  World world;
  TestClient client(world);
  client.allocate();
  const Attribute malformed = raw(Attr::xor_peer_address, {0, 1, 0});
  EXPECT_EQ(client.request(Method::create_permission, {}).code(), 400);
  EXPECT_EQ(client.request(Method::create_permission, {peer("20.0.2.1:1"), malformed}).code(), 400);
  EXPECT_EQ(client.request(Method::create_permission, {malformed, peer("20.0.2.1:1")}).code(), 400);
  EXPECT_TRUE(world.routes().empty());
}

TEST(Rfc8656Permission, the_peer_needs_a_half_of_its_family_TURN_PERM_02) {
  World world;
  TestClient v4(world, "198.51.100.1:1");
  TestClient v6(world, "198.51.100.1:2");
  TestClient dual(world, "198.51.100.1:3");
  v4.allocate();
  v6.allocate({family(2)});
  dual.allocate({additional_family(2)});
  EXPECT_EQ(v4.permit("[2a00:db8:5::1]:1").code(), 443);
  EXPECT_EQ(v6.permit("20.0.2.1:1").code(), 443);
  EXPECT_EQ(dual.request(Method::create_permission, {peer("20.0.2.1:1"), peer("[2a00:db8:5::1]:1")}).code(),
            0);
  EXPECT_EQ(world.routes().size(), 2U);
}

TEST(Rfc8656Permission, denied_ranges_are_403_everywhere_TURN_PERM_03_SEC_06_TURN_ALLOC_31) {
  WorldOptions options;
  options.peers.deny = {{IpPrefix::parse("20.0.2.0/25").value()},
                        {IpPrefix::parse("2a00:db8:5::/49").value()}};
  World world(options);
  TestClient client(world);
  client.allocate({additional_family(2)});
  const std::pair<const char*, bool> cases[] = {
      {"20.0.2.0:1", false},
      {"20.0.2.127:1", false},
      {"20.0.2.128:1", true},
      {"20.0.1.255:1", true},
      {"[2a00:db8:5::1]:1", false},
      {"[2a00:db8:5:7fff::1]:1", false},
      {"[2a00:db8:5:8000::1]:1", true},
      {"[2a00:db8:4:ffff::1]:1", true},
      {"[::ffff:20.0.2.1]:1", false},
  };
  std::uint16_t number = 0x4000;
  for (const auto& [address, allowed] : cases) {
    EXPECT_EQ(client.permit(address).code(), allowed ? 0 : 403) << address;
    EXPECT_EQ(client.bind(number++, address).code(), allowed ? 0 : 403) << address;
    EXPECT_EQ(client.reaches(address), allowed) << address;
  }
}

TEST(Rfc8656Permission, more_than_the_limit_is_508_and_installs_nothing_TURN_PERM_04_S31_S32) {
  WorldOptions options;
  options.server.permissions_max = 4;
  World world(options);
  TestClient client(world);
  client.allocate();
  const auto peers = [](int first, int count) {
    Attributes attributes;
    for (int i = 0; i < count; ++i)
      attributes.push_back(peer({IpAddress::v4(20, 0, 2, static_cast<std::uint8_t>(first + i)), 1}));
    return attributes;
  };
  EXPECT_EQ(client.request(Method::create_permission, peers(1, 5)).code(), 508);
  EXPECT_TRUE(world.routes().empty());
  EXPECT_EQ(client.request(Method::create_permission, peers(1, 3)).code(), 0);
  EXPECT_EQ(client.request(Method::create_permission, peers(3, 3)).code(), 508);
  EXPECT_EQ(world.routes().size(), 3U);
  EXPECT_EQ(client.request(Method::create_permission, peers(2, 3)).code(), 0);
  EXPECT_EQ(client.request(Method::create_permission, peers(1, 4)).code(), 0);  // all known: a refresh
  EXPECT_EQ(client.permit("20.0.2.5:1").code(), 508);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.5:1").code(), 508);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.4:1").code(), 0);
  world.advance(seconds(300));
  EXPECT_EQ(client.permit("20.0.2.5:1").code(), 0);
}

TEST(Rfc8656Permission, thousands_of_peers_in_one_frame_are_judged_together_TURN_PERM_04) {
  World world;
  TestClient client(world, "198.51.100.1:1", {}, Transport::tcp);
  client.allocate();
  const auto peers = [](int count) {
    Attributes attributes;
    for (int i = count; i > 0; --i)
      attributes.push_back(
          peer({IpAddress::v4(192, 1, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)), 1}));
    return attributes;
  };
  EXPECT_EQ(client.request(Method::create_permission, peers(5000)).code(), 508);
  EXPECT_EQ(client.request(Method::create_permission, peers(5000) + Attributes{peer("127.0.0.1:1")}).code(),
            403);
  EXPECT_TRUE(world.routes().empty());
  EXPECT_EQ(client.request(Method::create_permission, peers(1024) + peers(1024)).code(), 0);
  EXPECT_EQ(world.routes().size(), 1024U);
  EXPECT_TRUE(client.reaches("192.1.4.0:5000"));
  EXPECT_TRUE(client.reaches("192.1.0.1:5000"));
}

TEST(Rfc8656Permission, permissions_come_all_or_not_at_all_TURN_PERM_05) {
  World world;
  TestClient client(world);
  client.allocate();
  client.permit("20.0.2.9:1");
  world.advance(seconds(200));
  const std::pair<const char*, int> bad[] = {{"127.0.0.1:1", 403}, {"[2a00:db8:5::1]:1", 443}};
  for (const auto& [address, code] : bad) {
    const Attribute good[] = {peer("20.0.2.1:1"), peer("20.0.2.9:1")};
    EXPECT_EQ(client.request(Method::create_permission, {good[0], good[1], peer(address)}).code(), code);
    EXPECT_EQ(client.request(Method::create_permission, {peer(address), good[0], good[1]}).code(), code);
  }
  EXPECT_FALSE(client.reaches("20.0.2.1:1"));
  EXPECT_TRUE(client.reaches("20.0.2.9:1"));
  world.advance(seconds(100));
  EXPECT_FALSE(client.reaches("20.0.2.9:1"));  // nothing was refreshed either
}

TEST(Rfc8656Permission, it_lives_300_s_and_only_requests_prolong_it_TURN_PERM_06_TURN_PERM_11_TURN_SEND_04) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate({lifetime(3600)}).relay();
  const auto works = [&] {
    const bool out = client.reaches("20.0.2.1:5000");
    EXPECT_EQ(out, world.peer_sends(relay, "20.0.2.1:5000", "hello").has_value());
    return out;
  };
  client.permit("20.0.2.1:5000");
  for (int second = 0; second < 299; ++second) {
    EXPECT_TRUE(works());
    world.advance(seconds(1));
  }
  EXPECT_TRUE(works());
  world.advance(seconds(1));
  EXPECT_FALSE(works());
  world.advance(seconds(1));
  EXPECT_FALSE(works());

  client.permit("20.0.2.1:5000");
  world.advance(seconds(299));
  client.permit("20.0.2.1:1");
  world.advance(seconds(299));
  client.bind(0x4000, "20.0.2.1:9");
  world.advance(seconds(599));
  EXPECT_TRUE(works()) << "as long as the channel";
  world.advance(seconds(2));
  EXPECT_FALSE(works());
}

TEST(Rfc8656Permission, it_is_for_an_address_whatever_the_port_TURN_PERM_07_TURN_PERM_08) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  for (const auto* permitted : {"20.0.2.1:0", "20.0.2.2:1"}) {
    EXPECT_EQ(client.permit(permitted).code(), 0);
    const Endpoint other = at(permitted).with_port(5000);
    EXPECT_TRUE(world.peer_sends(relay, other, as_bytes("hello")));
    EXPECT_TRUE(client.reaches(other.to_string()));
  }
  EXPECT_FALSE(world.peer_sends(relay, "20.0.2.3:1", "hello"));
}

TEST(Rfc8656Permission, it_belongs_to_one_allocation_TURN_PERM_09) {
  World world;
  TestClient first(world, "198.51.100.1:1");
  TestClient second(world, "198.51.100.1:2");
  first.allocate();
  const Endpoint relay = second.allocate().relay();
  first.permit("20.0.2.1:5000");
  EXPECT_FALSE(world.peer_sends(relay, "20.0.2.1:5000", "hello"));
  EXPECT_FALSE(second.reaches("20.0.2.1:5000"));
}

TEST(Rfc8656Permission, success_has_no_attribute_of_its_own_TURN_PERM_10_TURN_CHAN_12) {
  World world;
  TestClient client(world);
  client.allocate();
  EXPECT_EQ(client.permit("20.0.2.1:5000").types(), std::vector{Attr::message_integrity_sha256});
  EXPECT_EQ(client.bind(0x4000, "20.0.2.1:5000").types(), std::vector{Attr::message_integrity_sha256});
}

TEST(Rfc8656Permission, of_several_faults_400_then_443_then_403_then_508_TURN_PERM_12) {
  WorldOptions options;
  options.server.permissions_max = 1;
  World world(options);
  TestClient client(world);
  client.allocate();
  const Attribute malformed = raw(Attr::xor_peer_address, {0, 1, 0});
  const Attribute other_family = peer("[2a00:db8:5::1]:1");
  const Attribute forbidden = peer("127.0.0.1:1");
  const Attribute fine = peer("20.0.2.1:1");
  const Attribute more = peer("20.0.2.2:1");
  const std::pair<Attributes, int> cases[] = {
      {{fine, more, forbidden, other_family, malformed}, 400},
      {{fine, more, forbidden, other_family}, 443},
      {{other_family, forbidden, fine, more}, 443},
      {{fine, more, forbidden}, 403},
      {{fine, more}, 508},
      {{fine}, 0},
  };
  for (const auto& [attributes, code] : cases)
    EXPECT_EQ(client.request(Method::create_permission, attributes).code(), code);
}

TEST(Rfc8656Permission, the_same_address_twice_counts_once_TURN_PERM_15) {
  WorldOptions options;
  options.server.permissions_max = 1;
  World world(options);
  TestClient client(world);
  client.allocate();
  EXPECT_EQ(
      client.request(Method::create_permission, {peer("20.0.2.1:1"), peer("20.0.2.1:2"), peer("20.0.2.1:1")})
          .code(),
      0);
  EXPECT_EQ(world.routes().size(), 1U);
}

TEST(Rfc8656Permission, two_relays_of_one_server_are_peers_under_their_external_addresses_TURN_PERM_16) {
  for (const bool behind_nat : {false, true}) {
    WorldOptions options;
    options.addresses = {ip("20.0.113.1")};
    if (behind_nat) {
      options.addresses = {ip("10.0.0.5")};
      options.server.external = AddressMap({{ip("10.0.0.5"), ExternalAddress(ip("203.0.113.9"))}});
    }
    World world(options);
    TestClient one(world, "198.51.100.1:1");
    TestClient two(world, "198.51.100.1:2");
    const Endpoint relay_one = one.allocate().relay();
    const Endpoint relay_two = two.allocate().relay();
    EXPECT_EQ(one.bind(0x4000, relay_two.to_string()).code(), 0);
    EXPECT_EQ(two.permit(relay_one.to_string()).code(), 0);

    one.send(channel_data(0x4000, as_bytes("ping")));
    const Arrived ping = world.take_arrived().at(0);
    EXPECT_TRUE(world.relays().contains(ping.peer));
    const Answer indication(world.peer_sends(ping.peer, ping.relay, ping.bytes).value());
    EXPECT_EQ(stun::read_xor_address(*indication.view().find(Attr::xor_peer_address),
                                     indication.view().transaction_id()),
              relay_one);

    two.send(test::indication(Method::send, {peer(relay_one), data("pong")}));
    const Arrived pong = world.take_arrived().at(0);
    EXPECT_EQ(world.peer_sends(pong.peer, pong.relay, pong.bytes), channel_data(0x4000, as_bytes("pong")));

    // Of a private relay address only the ports that are relays are open.
    const std::string nobody = relay_two.with_port(1024).to_string();
    EXPECT_EQ(one.bind(0x4001, nobody).code(), behind_nat ? 403 : 0);
    EXPECT_EQ(one.reaches(nobody), !behind_nat);
  }
}

TEST(Rfc8656Permission, own_listeners_are_refused_as_peers_SEC_04_S12) {
  WorldOptions options;
  options.peers.allow = {{IpPrefix::parse("0.0.0.0/0").value()}};
  options.peers.own_listeners = {at("20.0.2.1:3478")};
  World world(options);
  TestClient client(world);
  client.allocate();
  EXPECT_EQ(client.bind(0x4000, "20.0.2.1:3478").code(), 403);
  EXPECT_EQ(client.permit("20.0.2.1:3478").code(), 0);  // of the address, some port is allowed
  EXPECT_FALSE(client.reaches("20.0.2.1:3478"));
  EXPECT_TRUE(client.reaches("20.0.2.1:3479"));
}

TEST(Rfc8656Permission, ports_are_judged_for_each_datagram_in_both_directions) {
  WorldOptions options;
  options.peers.deny = {{IpPrefix::parse("20.0.2.0/24").value(), 1, 1023}};
  options.peers.allow = {{IpPrefix::parse("10.1.0.0/16").value(), 50000, 50010}};
  World world(options);
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  for (const auto* address : {"20.0.2.1:9", "10.1.2.3:1"})
    EXPECT_EQ(client.permit(address).code(), 0) << address;
  EXPECT_EQ(client.permit("10.2.0.1:50000").code(), 403);
  const std::pair<const char*, bool> cases[] = {
      {"20.0.2.1:1023", false}, {"20.0.2.1:1024", true},  {"10.1.2.3:49999", false},
      {"10.1.2.3:50000", true}, {"10.1.2.3:50010", true}, {"10.1.2.3:50011", false},
  };
  std::uint16_t number = 0x4000;
  for (const auto& [address, allowed] : cases) {
    EXPECT_EQ(client.reaches(address), allowed) << address;
    EXPECT_EQ(world.peer_sends(relay, address, "hello").has_value(), allowed) << address;
    EXPECT_EQ(client.bind(number++, address).code(), allowed ? 0 : 403) << address;
  }
}

TEST(Rfc8656Permission, a_reload_that_forbids_a_peer_ends_its_routes_at_once_and_no_others) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.bind(0x4000, "20.0.2.1:5000");
  client.bind(0x4001, "20.0.2.2:5000");
  client.bind(0x4002, "20.0.2.2:80");
  client.permit("20.0.2.3:1");
  WorldOptions changed = world.options();
  changed.peers.deny = {{IpPrefix::parse("20.0.2.1/32").value()},
                        {IpPrefix::parse("20.0.2.2/32").value(), 80, 80}};
  world.reload(changed);
  for (const auto* forbidden : {"20.0.2.1:5000", "20.0.2.2:80"}) {
    EXPECT_FALSE(client.reaches(forbidden)) << forbidden;
    EXPECT_FALSE(world.peer_sends(relay, forbidden, "hello")) << forbidden;
  }
  EXPECT_FALSE(client.reaches_on(0x4000, "20.0.2.1:5000"));
  EXPECT_FALSE(client.reaches_on(0x4002, "20.0.2.2:80"));
  EXPECT_EQ(client.permit("20.0.2.1:1").code(), 403);
  EXPECT_EQ(client.bind(0x4002, "20.0.2.2:80").code(), 403);

  EXPECT_TRUE(client.reaches_on(0x4001, "20.0.2.2:5000"));
  EXPECT_TRUE(client.reaches("20.0.2.2:81"));
  EXPECT_TRUE(client.reaches("20.0.2.3:9"));
  EXPECT_EQ(client.bind(0x4001, "20.0.2.2:5000").code(), 0);
}

TEST(Rfc8656Permission, a_rule_that_a_reload_takes_away_again_leaves_what_lives_as_it_is) {
  World world;
  TestClient client(world);
  client.allocate();
  client.bind(0x4000, "20.0.2.1:5000");
  WorldOptions changed = world.options();
  changed.peers.deny = {{IpPrefix::parse("20.0.2.1/32").value(), 80, 80}};
  for (const auto& options : {changed, world.options(), changed}) {
    world.reload(options);
    EXPECT_TRUE(client.reaches_on(0x4000, "20.0.2.1:5000"));
    EXPECT_EQ(client.reaches("20.0.2.1:80"), options.peers.deny.empty());
  }
}

// What is bound there trusts the host's own firewall; a rule may open it, and live relays stay peers.
TEST(Rfc8656Permission, addresses_of_the_host_are_no_peers_unless_a_rule_or_a_relay_makes_them) {
  WorldOptions options;
  options.peers.own_addresses = {IpPrefix::parse("203.0.113.1").value(), IpPrefix::parse("20.0.2.9").value()};
  options.peers.own_listeners = {at("0.0.0.0:3478")};
  World world(options);
  TestClient client(world, "198.51.100.1:1");
  TestClient other(world, "198.51.100.1:2");
  client.allocate();
  const Endpoint relay = other.allocate().relay();
  EXPECT_EQ(client.bind(0x4000, "20.0.2.9:161").code(), 403);
  EXPECT_EQ(client.permit("20.0.2.9:1").code(), 403);
  EXPECT_EQ(client.bind(0x4001, relay.to_string()).code(), 0);
  EXPECT_EQ(client.bind(0x4002, "203.0.113.1:161").code(), 403);

  options.peers.allow = {{IpPrefix::parse("20.0.2.9").value()}};
  world.reload(options);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.9:161").code(), 0);
  EXPECT_EQ(client.bind(0x4003, "20.0.2.9:3478").code(), 403);  // a wildcard listener is there, too
}

}  // namespace
}  // namespace turnpike::test
