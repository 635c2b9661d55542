// RFC 8656 section 12: ChannelBind and ChannelData.
#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

constexpr const char* kPeer = "20.0.2.1:5000";

// How a peer's datagram reaches the client.
enum class Way { dropped, indication, channel };

Way way_of(const std::optional<Buffer>& got) {
  if (!got) return Way::dropped;
  return (*got)[0] < 0x40 ? Way::indication : Way::channel;
}

TEST(Rfc8656Channel, number_and_peer_must_be_there_TURN_CHAN_01_TURN_CHAN_14) {
  World world;
  TestClient client(world);
  client.allocate();
  EXPECT_EQ(client.request(Method::channel_bind, {}).code(), 400);
  EXPECT_EQ(client.request(Method::channel_bind, {channel(0x4000)}).code(), 400);
  EXPECT_EQ(client.request(Method::channel_bind, {peer(kPeer)}).code(), 400);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.1:0").code(), 400);
  EXPECT_TRUE(world.routes().empty());
}

TEST(Rfc8656Channel, numbers_are_0x4000_to_0x4FFF_TURN_CHAN_02_FRM_05) {
  World world;
  TestClient client(world);
  client.allocate();
  const std::pair<std::uint16_t, int> cases[] = {
      {0x0000, 400}, {0x3FFF, 400}, {0x4000, 0},   {0x4001, 0},   {0x4FFF, 0},
      {0x5000, 400}, {0x7FFE, 400}, {0x7FFF, 400}, {0x8000, 400}, {0xFFFF, 400},
  };
  std::uint16_t port = 1;
  for (const auto& [number, code] : cases) {
    const std::string address = "20.0.2.1:" + std::to_string(port++);
    EXPECT_EQ(client.bind(number, address).code(), code) << number;
    EXPECT_EQ(client.reaches_on(number, address), code == 0) << number;
  }
}

TEST(Rfc8656Channel, the_old_range_is_behind_a_switch_TURN_CHAN_02) {
  WorldOptions options;
  options.server.rfc5766_channels = true;
  World world(options);
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  for (const std::uint16_t number : {0x4000, 0x5000, 0x7FFE}) {
    const std::string address = "20.0.2.1:" + std::to_string(number);
    EXPECT_EQ(client.bind(number, address).code(), 0);
    EXPECT_TRUE(client.reaches_on(number, address));
    EXPECT_EQ(world.peer_sends(relay, address, "hello"), channel_data(number, as_bytes("hello")));
  }
  EXPECT_EQ(client.bind(0x3FFF, kPeer).code(), 400);
  EXPECT_EQ(client.bind(0x8000, kPeer).code(), 400);
}

TEST(Rfc8656Channel, a_number_and_a_peer_belong_together_TURN_CHAN_03_TURN_CHAN_04) {
  World world;
  TestClient client(world);
  client.allocate();
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 0);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.2:5000").code(), 400);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.1:5001").code(), 400);
  EXPECT_EQ(client.bind(0x4001, kPeer).code(), 400);
  EXPECT_EQ(client.bind(0x4001, "20.0.2.1:5001").code(), 0);
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 0);
  EXPECT_TRUE(client.reaches_on(0x4000, kPeer));
  EXPECT_TRUE(client.reaches_on(0x4001, "20.0.2.1:5001"));
}

TEST(Rfc8656Channel, a_refused_peer_leaves_no_permission_behind_TURN_CHAN_05_TURN_CHAN_06_TURN_CHAN_15) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  const std::pair<const char*, int> cases[] = {
      {"[2a00:db8:5::1]:5000", 443}, {"127.0.0.1:5000", 403}, {"10.0.0.1:5000", 403}};
  for (const auto& [address, code] : cases) {
    EXPECT_EQ(client.bind(0x4000, address).code(), code);
    EXPECT_FALSE(world.peer_sends(relay, address, "hello"));
    EXPECT_FALSE(client.reaches(address));
  }
  EXPECT_EQ(client.bind(0x5000, kPeer).code(), 400);
  EXPECT_TRUE(world.routes().empty());
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 0);
}

TEST(Rfc8656Channel, more_than_the_limit_is_508_TURN_CHAN_07_SEC_12) {
  WorldOptions options;
  options.server.channels_max = 2;
  World world(options);
  TestClient client(world);
  client.allocate();
  EXPECT_EQ(client.bind(0x4000, "20.0.2.1:1").code(), 0);
  EXPECT_EQ(client.bind(0x4001, "20.0.2.1:2").code(), 0);
  EXPECT_EQ(client.bind(0x4002, "20.0.2.3:3").code(), 508);
  EXPECT_FALSE(client.reaches("20.0.2.3:3"));
  EXPECT_EQ(client.bind(0x4001, "20.0.2.1:2").code(), 0);
  world.advance(seconds(599));
  client.refresh();
  client.bind(0x4001, "20.0.2.1:2");
  EXPECT_EQ(client.bind(0x4002, "20.0.2.3:3").code(), 508);
  world.advance(seconds(1));
  EXPECT_EQ(client.bind(0x4002, "20.0.2.3:3").code(), 0);
}

TEST(Rfc8656Channel, a_binding_lives_600_s_and_data_does_not_prolong_it_TURN_CHAN_08_TURN_CHD_03) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate({lifetime(3600)}).relay();
  client.bind(0x4000, kPeer);
  for (int second = 0; second < 599; ++second) {
    if (second % 200 == 0) client.permit(kPeer);
    EXPECT_TRUE(client.reaches_on(0x4000, kPeer));
    EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::channel);
    world.advance(seconds(1));
  }
  EXPECT_TRUE(client.reaches_on(0x4000, kPeer));  // at 599 s
  world.advance(seconds(2));
  client.permit(kPeer);
  EXPECT_FALSE(client.reaches_on(0x4000, kPeer));
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::indication);

  client.bind(0x4000, kPeer);
  world.advance(seconds(400));
  client.bind(0x4000, kPeer);
  world.advance(seconds(299));
  EXPECT_TRUE(client.reaches_on(0x4000, kPeer));
}

// Clients that refresh their channels alone, every 300 to 600 s, lose nothing.
TEST(Rfc8656Channel,
     the_permission_that_comes_with_it_lives_as_long_as_the_channel_TURN_CHAN_09_TURN_PERM_06) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate({lifetime(3600)}).relay();
  client.bind(0x4000, kPeer);
  EXPECT_EQ(way_of(world.peer_sends(relay, "20.0.2.1:9", "hello")),
            Way::indication);  // other ports of the address
  EXPECT_TRUE(client.reaches("20.0.2.1:9"));
  client.permit(kPeer);  // which asks for less, and shortens nothing
  for (const int from_s : {0, 599, 1198}) {
    client.bind(0x4000, kPeer);
    for (int second = from_s; second < from_s + 599; ++second) {
      EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::channel) << second;
      EXPECT_TRUE(client.reaches_on(0x4000, kPeer)) << second;
      world.advance(seconds(1));
    }
  }
  EXPECT_TRUE(client.reaches_on(0x4000, kPeer));  // 599 s after the latest
  world.advance(seconds(2));
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::dropped);
  EXPECT_FALSE(client.reaches_on(0x4000, kPeer));
}

WorldOptions with_strict_permissions() {
  WorldOptions options;
  options.server.strict_permissions = true;
  return options;
}

TEST(Rfc8656Channel,
     a_strict_permission_lives_300_s_and_then_stops_both_directions_TURN_CHD_04_TURN_PERM_06) {
  World world(with_strict_permissions());
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.bind(0x4000, kPeer);
  world.advance(seconds(299));
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::channel);
  EXPECT_TRUE(client.reaches_on(0x4000, kPeer));
  world.advance(seconds(2));
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::dropped);
  EXPECT_FALSE(client.reaches_on(0x4000, kPeer));
  const auto id = world.server().allocation_ids().front();
  EXPECT_EQ(world.route_table().traffic(id).packets_dropped, 2U) << "one each way";
  // The channel still lives: a new permission is all that it needs.
  client.permit("20.0.2.2:1");
  EXPECT_FALSE(client.reaches_on(0x4000, kPeer));
  client.permit("20.0.2.1:1");
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::channel);
  EXPECT_TRUE(client.reaches_on(0x4000, kPeer));
  EXPECT_EQ(client.bind(0x4000, "20.0.2.2:5000").code(), 400);
}

TEST(Rfc8656Channel, a_rebind_after_a_strict_permission_ended_brings_both_back_TURN_CHAN_09) {
  World world(with_strict_permissions());
  TestClient client(world);
  const Endpoint relay = client.allocate({lifetime(3600)}).relay();
  client.bind(0x4000, kPeer);
  world.advance(seconds(301));
  EXPECT_EQ(client.bind(0x4000, kPeer).code(), 0);
  world.advance(seconds(299));
  EXPECT_TRUE(client.reaches_on(0x4000, kPeer));
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::channel);
}

TEST(Rfc8656Channel, after_expiry_number_and_peer_are_free_TURN_CHAN_10) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate({lifetime(3600)}).relay();
  client.bind(0x4000, kPeer);
  world.advance(seconds(601));
  EXPECT_EQ(client.bind(0x4000, "20.0.2.2:5000").code(), 0);
  EXPECT_EQ(client.bind(0x4001, kPeer).code(), 0);
  EXPECT_TRUE(client.reaches_on(0x4000, "20.0.2.2:5000"));
  EXPECT_TRUE(client.reaches_on(0x4001, kPeer));
  EXPECT_EQ(world.peer_sends(relay, kPeer, "x"), channel_data(0x4001, as_bytes("x")));
}

TEST(Rfc8656Channel, a_number_belongs_to_one_allocation_TURN_CHAN_11) {
  World world;
  TestClient first(world, "198.51.100.1:1");
  TestClient second(world, "198.51.100.1:2");
  const Endpoint relay_one = first.allocate().relay();
  const Endpoint relay_two = second.allocate().relay();
  first.bind(0x4000, "20.0.2.1:1");
  second.bind(0x4000, "20.0.2.2:2");
  EXPECT_TRUE(first.reaches_on(0x4000, "20.0.2.1:1"));
  EXPECT_TRUE(second.reaches_on(0x4000, "20.0.2.2:2"));
  EXPECT_FALSE(world.peer_sends(relay_one, "20.0.2.2:2", "hello"));
  EXPECT_FALSE(world.peer_sends(relay_two, "20.0.2.1:1", "hello"));
}

TEST(Rfc8656Channel, of_several_faults_400_comes_first_then_443_then_403_then_508_TURN_CHAN_13) {
  WorldOptions options;
  options.server.channels_max = 1;
  World world(options);
  TestClient client(world);
  client.allocate();
  client.bind(0x4000, kPeer);
  const struct {
    const char* name;
    std::uint16_t number;
    const char* peer;
    int code;
  } cases[] = {
      {"bad number, other family", 0x5000, "[2a00:db8:5::1]:1", 400},
      {"bad number, forbidden", 0x3FFF, "127.0.0.1:1", 400},
      {"number taken, other family", 0x4000, "[2a00:db8:5::1]:1", 400},
      {"number taken, forbidden", 0x4000, "127.0.0.1:1", 400},
      {"peer taken, no room", 0x4001, kPeer, 400},
      {"other family, forbidden", 0x4001, "[::1]:1", 443},
      {"forbidden, no room", 0x4001, "127.0.0.1:1", 403},
      {"no room", 0x4001, "20.0.2.9:1", 508},
  };
  for (const auto& [name, number, address, code] : cases)
    EXPECT_EQ(client.bind(number, address).code(), code) << name;
}

TEST(Rfc8656ChannelData, the_payload_goes_out_from_the_relayed_address_TURN_CHD_01_TURN_CHD_02) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.bind(0x4000, kPeer);
  for (const std::size_t size : {0, 1, 2, 3, 4, 5, 1200}) {
    const Buffer payload(size, 0xAB);
    client.send(channel_data(0x4000, payload));
    EXPECT_EQ(world.take_arrived(), std::vector({Arrived{relay, at(kPeer), payload, false}})) << size;
  }
}

TEST(
    Rfc8656ChannelData,
    unbound_numbers_and_short_datagrams_are_dropped_and_padding_is_ignored_FRM_04_TURN_CHD_07_FRM_17_FRM_18) {
  World world;
  TestClient client(world);
  client.allocate();
  client.bind(0x4000, kPeer);
  EXPECT_FALSE(client.reaches_on(0x4FFF, kPeer));
  EXPECT_FALSE(client.reaches_on(0x4001, kPeer));
  Buffer packet = channel_data(0x4000, as_bytes("hello"));
  for (std::size_t size = 1; size < packet.size(); ++size) client.send(copy(Bytes{packet}.first(size)));
  EXPECT_TRUE(world.take_arrived().empty());
  for (const std::size_t surplus : {0, 1, 3, 100}) {
    Buffer padded = packet;
    padded.resize(packet.size() + surplus, 0xEE);
    client.send(padded);
    EXPECT_EQ(world.take_arrived().at(0).bytes, text("hello"));
  }
}

TEST(Rfc8656ChannelData, a_peer_with_a_channel_always_comes_by_it_TURN_CHD_05) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.permit(kPeer);
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::indication);
  client.bind(0x4000, kPeer);
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::channel);
  client.permit(kPeer);
  client.reaches(kPeer);
  EXPECT_EQ(way_of(world.peer_sends(relay, kPeer, "hello")), Way::channel);
  EXPECT_EQ(way_of(world.peer_sends(relay, "20.0.2.1:5001", "hello")), Way::indication);
}

TEST(Rfc8656ChannelData, streams_get_zero_padding_and_datagrams_none_TURN_CHD_06_S4) {
  for (const auto over : {Transport::udp, Transport::dtls, Transport::tcp, Transport::tls}) {
    World world;
    TestClient client(world, "198.51.100.1:4000", {}, over);
    const Endpoint relay = client.allocate().relay();
    client.bind(0x4000, kPeer);
    for (std::size_t size = 0; size <= 9; ++size) {
      Buffer expected = channel_data(0x4000, Buffer(size, 0xAB));
      if (is_stream(over)) expected.resize(padded4(expected.size()));
      EXPECT_EQ(world.peer_sends(relay, at(kPeer), Buffer(size, 0xAB)), expected) << size;
    }
  }
}

}  // namespace
}  // namespace turnpike::test
