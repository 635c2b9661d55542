// RFC 8656 section 11: Send and Data indications, and ICMP errors.
#include "rfc/test_client.hpp"

#include <algorithm>

namespace turnpike::test {
namespace {

constexpr const char* kPeer = "20.0.2.1:5000";
constexpr const char* kPeerV6 = "[2a00:db8:5::1]:5000";

Endpoint peer_of(const Answer& data) {
  return stun::read_xor_address(data.view().find(Attr::xor_peer_address).value(),
                                data.view().transaction_id())
      .value();
}

TEST(Rfc8656Send, it_needs_a_peer_and_data_TURN_SEND_01) {
  World world;
  TestClient client(world);
  client.allocate();
  client.permit(kPeer);
  client.send(indication(Method::send, {peer(kPeer)}));
  client.send(indication(Method::send, {data("hello")}));
  client.send(indication(Method::send, {}));
  EXPECT_TRUE(world.take_arrived().empty());
}

TEST(Rfc8656Send, the_payload_is_data_exactly_from_the_relayed_address_TURN_SEND_02_TURN_SEND_06_MSG_07) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.permit(kPeer);
  for (std::size_t size = 0; size <= 9; ++size) {
    const Buffer payload(size, 0xAB);
    Buffer packet = indication(Method::send, {peer(kPeer), data(payload)});
    std::fill(packet.end() - static_cast<std::ptrdiff_t>(padded4(size) - size), packet.end(),
              std::uint8_t{0xEE});  // padding of the client's
    client.send(packet);
    EXPECT_EQ(world.take_arrived(), std::vector({Arrived{relay, at(kPeer), payload, false}})) << size;
  }
}

TEST(Rfc8656Send, without_permission_port_or_half_it_is_dropped_TURN_SEND_03_TURN_SEND_09_TURN_SEND_10) {
  World world;
  TestClient v4(world, "198.51.100.1:1");
  TestClient v6(world, "198.51.100.1:2");
  v4.allocate();
  v6.allocate({family(2)});
  v4.permit(kPeer);
  v6.permit(kPeerV6);
  EXPECT_TRUE(v4.reaches(kPeer));
  EXPECT_TRUE(v6.reaches(kPeerV6));
  for (const auto* address : {"20.0.2.2:5000", "20.0.2.1:0", kPeerV6})
    EXPECT_FALSE(v4.reaches(address)) << address;
  for (const auto* address : {"[2a00:db8:5::2]:5000", "[2a00:db8:5::1]:0", kPeer})
    EXPECT_FALSE(v6.reaches(address)) << address;
}

TEST(Rfc8656Send, a_forbidden_peer_is_dropped_though_it_has_a_permission_TURN_SEND_05) {
  WorldOptions options;
  options.peers.deny = {{IpPrefix::parse("20.0.2.0/24").value(), 5000, 5000}};
  World world(options);
  TestClient client(world);
  client.allocate();
  client.permit(kPeer);
  EXPECT_FALSE(client.reaches(kPeer));
  EXPECT_TRUE(client.reaches("20.0.2.1:5001"));
}

TEST(Rfc8656Send, dont_fragment_is_handed_on_TURN_SEND_07_IPF_06) {
  World world;
  TestClient client(world);
  client.allocate({additional_family(2)});
  client.permit(kPeer);
  client.permit(kPeerV6);
  for (const auto* address : {kPeer, kPeerV6}) {
    client.send(indication(Method::send, {peer(address), dont_fragment(), data("hello")}));
    client.send(indication(Method::send, {peer(address), data("hello")}));
  }
  const auto arrived = world.take_arrived();
  ASSERT_EQ(arrived.size(), 4U);
  for (std::size_t i = 0; i < arrived.size(); ++i) EXPECT_EQ(arrived[i].dont_fragment, i % 2 == 0);
}

TEST(Rfc8656Send, it_works_beside_a_channel_TURN_SEND_08) {
  World world;
  TestClient client(world);
  client.allocate();
  client.bind(0x4000, kPeer);
  EXPECT_TRUE(client.reaches(kPeer));
  EXPECT_TRUE(client.reaches_on(0x4000, kPeer));
}

TEST(Rfc8656Send, of_two_peers_the_first_counts_for_permission_and_destination_S16) {
  World world;
  TestClient client(world);
  client.allocate();
  client.permit(kPeer);
  const auto send = [&](const char* first, const char* second) {
    client.send(indication(Method::send, {peer(first), peer(second), data("one"), data("two")}));
    return world.take_arrived();
  };
  const auto arrived = send(kPeer, "20.0.2.2:5000");
  ASSERT_EQ(arrived.size(), 1U);
  EXPECT_EQ(arrived[0].peer, at(kPeer));
  EXPECT_EQ(arrived[0].bytes, text("one"));
  EXPECT_TRUE(send("20.0.2.2:5000", kPeer).empty());
  EXPECT_TRUE(send("20.0.2.1:0", kPeer).empty());
}

TEST(Rfc8656Data,
     a_permitted_peers_datagram_is_a_data_indication_TURN_DATA_01_TURN_DATA_02_TURN_DATA_03_TURN_DATA_06) {
  for (const auto over : {Transport::udp, Transport::tcp, Transport::tls, Transport::dtls}) {
    World world;
    TestClient client(world, "198.51.100.1:4000", {}, over);
    const auto relays = client.allocate({additional_family(2)}).relays();
    client.permit(kPeer);
    client.permit(kPeerV6);
    for (const std::size_t size : {0, 1, 2, 3, 4, 1200, 1472}) {
      for (const auto& [relay, from] : {std::pair{relays[0], kPeer}, std::pair{relays[1], kPeerV6}}) {
        const Buffer payload(size, 0xAB);
        ASSERT_TRUE(world.peer_sends(relay, at(from), payload));
        const auto inbox = world.take_inbox(client.id());
        ASSERT_EQ(inbox.size(), 1U);
        const Answer got(inbox.front());
        EXPECT_EQ(got.view().type(), stun::message_type(Method::data, stun::Class::indication));
        EXPECT_EQ(got.types(), (std::vector{Attr::xor_peer_address, Attr::data}));
        EXPECT_EQ(peer_of(got), at(from));
        EXPECT_EQ(copy(*got.view().find(Attr::data)), payload);
      }
    }
  }
}

TEST(Rfc8656Data, what_does_not_fit_is_dropped_whole_TURN_DATA_04) {
  const struct {
    const char* name;
    Transport over;
    bool on_channel, v6;
    std::size_t fits;
  } cases[] = {
      {"indication over a stream, IPv4 peer", Transport::tcp, false, false, 65516},
      {"indication over a stream, IPv6 peer", Transport::tcp, false, true, 65504},
      {"indication over UDP, IPv4 peer", Transport::udp, false, false, 65468},  // 65507 - 36, a multiple of 4
      {"indication over UDP, IPv6 peer", Transport::udp, false, true, 65456},
      {"channel over UDP", Transport::udp, true, false, 65503},
  };
  for (const auto& [name, over, on_channel, v6, fits] : cases) {
    World world;
    TestClient client(world, "198.51.100.1:4000", {}, over);
    const Endpoint relay = client.allocate({family(v6 ? 2 : 1)}).relay();
    const Endpoint from = at(v6 ? kPeerV6 : kPeer);
    on_channel ? client.bind(0x4000, from.to_string()) : client.permit(from.to_string());
    for (const std::size_t size : {fits, fits + 1, std::size_t{65507}}) {
      EXPECT_EQ(world.peer_sends(relay, from, Buffer(size, 1)).has_value(), size <= fits)
          << name << ", " << size;
    }
  }
}

TEST(Rfc8656Data, order_is_kept_TURN_DATA_05) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.permit(kPeer);
  for (int i = 0; i < 50; ++i) world.peer_sends(relay, kPeer, std::to_string(i));
  int next = 0;
  for (const Buffer& bytes : world.take_inbox(client.id()))
    EXPECT_EQ(Answer(bytes).string(Attr::data), std::to_string(next++));
  EXPECT_EQ(next, 50);
}

TEST(Rfc8656Data, any_payload_passes_TURN_DATA_07) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.bind(0x4000, kPeer);
  const Buffer payloads[] = {request(Method::allocate),
                             channel_data(0x4000, as_bytes("x")),
                             {0x16, 0x03, 0x01},
                             Buffer(20, 0xFF),
                             {0}};
  for (const Buffer& payload : payloads) {
    EXPECT_EQ(world.peer_sends(relay, at(kPeer), payload), channel_data(0x4000, payload));
    client.send(channel_data(0x4000, payload));
    EXPECT_EQ(world.take_arrived().at(0).bytes, payload);
  }
}

TEST(Rfc8656Icmp, unreachable_time_exceeded_and_too_big_are_told_and_nothing_else_ICMP_01_ICMP_04_ICMP_06) {
  World world;
  TestClient client(world);
  const auto relays = client.allocate({additional_family(2)}).relays();
  client.permit(kPeer);
  client.permit(kPeerV6);
  for (const bool v6 : {false, true}) {
    for (int type = 0; type < 256; ++type) {
      const bool told = v6 ? type >= 1 && type <= 3 : type == 3 || type == 11;
      const std::uint32_t mtu = v6 && type == 2 ? 1280 : 0;
      const turn::IcmpError error{at(v6 ? kPeerV6 : kPeer), static_cast<std::uint8_t>(type), 4, mtu};
      world.icmp(relays.at(v6 ? 1 : 0), error);
      const auto inbox = world.take_inbox(client.id());
      ASSERT_EQ(inbox.size(), told ? 1U : 0U) << type;
      if (!told) continue;
      const Answer got(inbox.front());
      EXPECT_EQ(got.view().type(), stun::message_type(Method::data, stun::Class::indication));
      EXPECT_EQ(got.types(), (std::vector{Attr::xor_peer_address, Attr::icmp}));
      EXPECT_EQ(peer_of(got), error.peer.plain());
      Buffer value{0, 0, error.type, 4, 0, 0, 0, 0};
      store_be32(&value[4], mtu);
      EXPECT_EQ(copy(*got.view().find(Attr::icmp)), value);
    }
  }
}

TEST(Rfc8656Icmp, the_relay_finds_the_allocation_and_the_peer_needs_a_permission_ICMP_02_ICMP_03_ICMP_05) {
  World world;
  TestClient client(world, "198.51.100.1:1");
  TestClient other(world, "198.51.100.1:2");
  const Endpoint relay = client.allocate({lifetime(3600)}).relay();
  const Endpoint relay_of_other = other.allocate().relay();
  client.bind(0x4000, kPeer);
  world.icmp(relay_of_other, {at(kPeer), 3, 3, 0});
  world.icmp(relay, {at("20.0.2.2:5000"), 3, 3, 0});
  world.icmp(at("203.0.113.1:1024"), {at(kPeer), 3, 3, 0});
  EXPECT_TRUE(world.take_inbox(client.id()).empty());
  EXPECT_TRUE(world.take_inbox(other.id()).empty());
  world.icmp(relay, {at("20.0.2.1:0"), 3, 1, 0});  // the port of the datagram is not known
  const auto inbox = world.take_inbox(client.id());
  ASSERT_EQ(inbox.size(), 1U);
  EXPECT_EQ(peer_of(Answer(inbox[0])), at("20.0.2.1:0"));
  world.advance(seconds(600));
  world.icmp(relay, {at(kPeer), 3, 3, 0});
  EXPECT_TRUE(world.take_inbox(client.id()).empty());
}

TEST(Rfc8656Icmp, at_most_ten_a_second_for_each_allocation_ICMP_07) {
  World world;
  TestClient client(world, "198.51.100.1:1");
  TestClient other(world, "198.51.100.1:2");
  const Endpoint relay = client.allocate().relay();
  const Endpoint relay_of_other = other.allocate().relay();
  client.permit(kPeer);
  other.permit(kPeer);
  const auto told = [&] {
    for (int i = 0; i < 100; ++i) world.icmp(relay, {at(kPeer), 3, 3, 0});
    return world.take_inbox(client.id()).size();
  };
  EXPECT_EQ(told(), 10U);
  EXPECT_EQ(told(), 0U);
  world.icmp(relay_of_other, {at(kPeer), 3, 3, 0});
  EXPECT_EQ(world.take_inbox(other.id()).size(), 1U);
  world.advance(seconds(1));
  EXPECT_EQ(told(), 10U);
}

}  // namespace
}  // namespace turnpike::test
