// The forwarding decision: every length, transport and family, in place, without touching what is not its
// own, and without the heap.
#include "turnpike/relay/forwarder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <vector>

#include "any_endpoint.hpp"
#include "heap_counter.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::relay {
namespace {

using std::chrono::seconds;
using stun::Attr;
using test::at;
using Buffer = std::vector<std::uint8_t>;
using Kind = Verdict::Kind;

constexpr std::uint8_t kCanary = 0xA5;
constexpr std::uint32_t kRelaySocket = 77;
const TimePoint kNow{seconds(5000)};
const test::AnyEndpoint kPeerV4 = at("192.0.2.1:5000");
const test::AnyEndpoint kPeerV6 = at("[2001:db8:5::1]:5000");

struct NoPort5001 final : PortFilter {
  bool allows(const PeerEndpoint& peer, Reach reach) const override {
    return peer.port != (reach == Reach::visitors ? 5002 : 5001);
  }
};

// A peer's payload, and space for a header between canaries.
struct PeerPacket {
  static constexpr std::size_t kMargin = 64;

  explicit PeerPacket(std::size_t size) : payload(size), space(kMargin + kHeaderMax + kMargin, kCanary) {
    for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::uint8_t>(i * 7 + 1);
  }
  HeaderSpace header() { return MutableBytes{space}.subspan<kMargin, kHeaderMax>(); }
  bool margins_are_whole() const {
    const auto untouched = [](Bytes margin) {
      return std::ranges::all_of(margin, [](std::uint8_t byte) { return byte == kCanary; });
    };
    return untouched(Bytes{space}.first(kMargin)) && untouched(Bytes{space}.last(kMargin));
  }

  Buffer payload;
  Buffer space;
};

// A forwarder with one channel (0x4000) and one permission in each family, of one client.
struct Relaying {
  explicit Relaying(Transport transport = Transport::udp, std::uint64_t bytes_per_second = 0,
                    ForwarderOptions options = {})
      : meters(bytes_per_second, 1), forwarder(std::move(options), routes, ports, meters, random) {
    client = {at("198.51.100.1:4000"), at("203.0.113.1:3478"), transport};
    for (const test::AnyEndpoint& peer : {kPeerV4, kPeerV6}) {
      routes.publish(route(peer, peer == kPeerV4 ? 0x4004 : 0x4006), kRelaySocket);
      routes.publish(route(peer.with_port(0), 0), kRelaySocket);
    }
  }

  Route route(const PeerEndpoint& peer, std::uint16_t channel) const {
    Route route;
    route.client = client;
    route.ref = {3, 7};
    route.relay = relay(peer.family());
    route.peer = peer;
    route.channel = channel;
    route.ports_filtered = channel == 0 ? 1 : 0;
    route.meter = 1;
    route.deadline = kNow + seconds(10);
    route.allocation = 9;
    return route;
  }
  static RelayEndpoint relay(Family family) {
    return at(family == Family::ipv4 ? "203.0.113.1:50000" : "[2001:db8::1]:50000");
  }
  Traffic traffic() const { return routes.traffic(9); }
  Verdict from_peer(PeerPacket& packet, const ExternalEndpoint& peer, TimePoint now = kNow) {
    return forwarder.from_peer(packet.payload, relay(peer.family()), peer, packet.header(), now);
  }

  RouteTable routes;
  NoPort5001 ports;
  Meters meters;
  SeededRandom random{1};
  Forwarder forwarder;
  FiveTuple client;
};

Buffer channel_data(std::uint16_t number, Bytes payload, std::size_t padding = 0) {
  Buffer packet(4 + payload.size() + padding, 0xEE);
  store_be16(&packet[0], number);
  store_be16(&packet[2], static_cast<std::uint16_t>(payload.size()));
  std::ranges::copy(payload, packet.begin() + 4);
  return packet;
}

template <class Fill>
Buffer send_indication(Fill&& fill) {
  Buffer buffer(2000);
  stun::MessageBuilder builder(buffer, stun::Method::send, stun::Class::indication, {1, 2, 3});
  fill(builder);
  buffer.resize(builder.bytes().size());
  return buffer;
}

constexpr Transport kTransports[] = {Transport::udp, Transport::tcp, Transport::tls, Transport::dtls};

TEST(Forwarder, channel_data_of_every_length_goes_out_without_header_and_padding_TURN_CHD_01_TURN_CHD_02) {
  for (const Transport transport : kTransports) {
    Relaying world(transport);
    for (std::size_t size = 0; size <= 1400; ++size) {
      const Buffer payload(size, static_cast<std::uint8_t>(size));
      for (const test::AnyEndpoint& peer : {kPeerV4, kPeerV6}) {
        const Buffer packet = channel_data(peer == kPeerV4 ? 0x4004 : 0x4006, payload, size % 4);
        const Verdict verdict = world.forwarder.from_client(packet, world.client, kNow);
        ASSERT_EQ(verdict.kind, Kind::to_peer) << size;
        ASSERT_EQ(verdict.parts.payload.data(), packet.data() + 4);
        ASSERT_EQ(verdict.parts.payload.size(), size);
        ASSERT_EQ(verdict.parts.size(), size);
        ASSERT_EQ(verdict.peer, peer);
        ASSERT_EQ(verdict.along->route.relay, Relaying::relay(peer.address.family()));
        ASSERT_EQ(verdict.along->relay_socket, kRelaySocket);
        ASSERT_FALSE(verdict.dont_fragment);
      }
    }
    EXPECT_EQ(
        world.traffic(),
        (Traffic{.packets_from_client = 2802, .bytes_from_client = 2 * 1400 * 1401 / 2, .heard = kNow}));
  }
}

TEST(Forwarder,
     channel_data_to_the_client_has_its_header_in_front_and_zeros_behind_on_streams_TURN_CHD_06_S4) {
  for (const Transport transport : kTransports) {
    Relaying world(transport);
    for (std::size_t size = 0; size <= 1400; ++size) {
      for (const test::AnyEndpoint& peer : {kPeerV4, kPeerV6}) {
        PeerPacket packet(size);
        const Buffer before = packet.payload;
        const Verdict verdict = world.from_peer(packet, peer);
        ASSERT_EQ(verdict.kind, Kind::to_client) << size;
        ASSERT_EQ(verdict.along->route.client, world.client);
        ASSERT_EQ(verdict.along->route.ref, (ClientRef{3, 7}));
        Buffer expected = channel_data(peer == kPeerV4 ? 0x4004 : 0x4006, before);
        if (is_stream(transport)) expected.resize(padded4(expected.size()), 0);
        ASSERT_EQ(join(verdict.parts), expected) << size;
        ASSERT_EQ(verdict.parts.payload.data(), packet.payload.data());
        ASSERT_TRUE(packet.margins_are_whole()) << size;
      }
    }
    EXPECT_EQ(world.traffic(), (Traffic{.packets_to_client = 2802, .bytes_to_client = 2 * 1400 * 1401 / 2}));
  }
}

TEST(Forwarder, data_indications_of_every_length_are_padded_with_zeros_TURN_DATA_01_S4) {
  for (const Transport transport : kTransports) {
    Relaying world(transport);
    for (std::size_t size = 0; size <= 1400; ++size) {
      for (const test::AnyEndpoint& bound : {kPeerV4, kPeerV6}) {
        const test::AnyEndpoint peer = bound.with_port(9);  // no channel
        PeerPacket packet(size);
        const Buffer before = packet.payload;
        const Verdict verdict = world.from_peer(packet, peer);
        ASSERT_EQ(verdict.kind, Kind::to_client);
        const Buffer whole = join(verdict.parts);
        const auto message = stun::MessageView::parse(whole);
        ASSERT_TRUE(message) << size;
        ASSERT_EQ(message->type(), 0x0017);
        ASSERT_EQ(stun::read_xor_address(*message->find(Attr::xor_peer_address), message->transaction_id()),
                  peer);
        ASSERT_TRUE(std::ranges::equal(*message->find(Attr::data), before));
        ASSERT_EQ(verdict.parts.payload.data(), packet.payload.data());
        const Bytes padding = Bytes{whole}.last(padded4(size) - size);
        ASSERT_TRUE(std::ranges::all_of(padding, [](std::uint8_t byte) { return byte == 0; }));
        ASSERT_TRUE(packet.margins_are_whole()) << size;
      }
    }
  }
}

TEST(Forwarder, the_largest_payloads_are_relayed_or_dropped_whole) {
  for (const Transport transport : {Transport::udp, Transport::tcp}) {
    Relaying world(transport);
    for (std::size_t size = 65400; size <= 65535; ++size) {
      for (const std::uint16_t port : {5000, 9}) {
        for (const test::AnyEndpoint& bound : {kPeerV4, kPeerV6}) {
          const test::AnyEndpoint peer = bound.with_port(port);
          PeerPacket packet(size);
          const Verdict verdict = world.from_peer(packet, peer);
          ASSERT_TRUE(packet.margins_are_whole()) << size;
          ASSERT_TRUE(verdict.kind == Kind::to_client || verdict.reason == DropReason::too_large) << size;
          ASSERT_LE(verdict.parts.size(), transport == Transport::udp ? 65507U : 65552U);
        }
      }
    }
    EXPECT_GT(world.traffic().packets_dropped, 0U);
    EXPECT_GT(world.traffic().packets_to_client, 0U);
  }
}

TEST(Forwarder, no_relayed_packet_uses_the_heap) {
  Relaying world(Transport::udp, 1'000'000'000);
  const Buffer on_channel = channel_data(0x4004, Buffer(1200, 1));
  const Buffer send = send_indication([](stun::MessageBuilder& message) {
    message.add_xor_address(Attr::xor_peer_address, kPeerV6).add(Attr::data, "hello");
  });
  const Buffer stray = channel_data(0x4FFF, Buffer(10, 1));
  PeerPacket from_bound(1200);
  PeerPacket from_permitted(1200);
  PeerPacket from_stranger(1200);
  const auto stranger = at("192.0.2.2:1");
  const std::size_t before = test::heap_uses();
  for (int i = 0; i < 1000; ++i) {
    world.forwarder.from_client(on_channel, world.client, kNow);
    world.forwarder.from_client(send, world.client, kNow);
    world.forwarder.from_client(stray, world.client, kNow);
    world.from_peer(from_bound, kPeerV4);
    world.from_peer(from_permitted, kPeerV6.with_port(9));
    world.from_peer(from_stranger, stranger);
  }
  EXPECT_EQ(test::heap_uses(), before);
  EXPECT_GT(world.traffic().packets_from_client, 0U);
  ::operator delete(::operator new(1));
  EXPECT_EQ(test::heap_uses(), before + 1) << "the counter counts";
}

TEST(Forwarder, every_first_byte_is_data_or_for_the_turn_rules_or_dropped_FRM_01_FRM_05) {
  for (const bool rfc5766 : {false, true}) {
    Relaying world(Transport::udp, 0, {.rfc5766_channels = rfc5766, .external = {}});
    for (int first = 0; first < 256; ++first) {
      Buffer packet(20, 0);
      packet[0] = static_cast<std::uint8_t>(first);
      const Verdict verdict = world.forwarder.from_client(packet, world.client, kNow);
      const bool channel = first >= 64 && first <= (rfc5766 ? 127 : 79);
      EXPECT_EQ(verdict.kind, first <= 3 ? Kind::punt : Kind::drop) << first;
      EXPECT_EQ(verdict.reason, first <= 3 ? DropReason::none
                                : channel  ? DropReason::no_route
                                           : DropReason::malformed)
          << first;
    }
    EXPECT_EQ(world.forwarder.from_client({}, world.client, kNow).kind, Kind::drop);
  }
}

TEST(Forwarder, only_send_indications_are_kept_from_the_turn_rules_MSG_05) {
  Relaying world;
  for (unsigned type = 0; type < 0x0400; ++type) {
    Buffer packet = send_indication([](stun::MessageBuilder&) {});
    store_be16(packet.data(), static_cast<std::uint16_t>(type));
    EXPECT_EQ(world.forwarder.from_client(packet, world.client, kNow).kind,
              type == 0x0016 ? Kind::drop : Kind::punt)
        << type;
  }
}

TEST(Forwarder, tells_why_it_drops) {
  Relaying world;
  Route ended = world.route(at("192.0.2.9:5000"), 0x4009);
  ended.deadline = kNow;
  world.routes.publish(ended);
  Route ended_permission = world.route(ended.peer.with_port(0), 0);
  ended_permission.deadline = kNow;
  world.routes.publish(ended_permission);
  const auto send_to = [](const Endpoint& peer) {
    return send_indication([&](stun::MessageBuilder& message) {
      message.add_xor_address(Attr::xor_peer_address, peer).add(Attr::data, "x");
    });
  };
  const struct {
    const char* name;
    Buffer packet;
    DropReason reason;
  } from_client[] = {
      {"unbound channel", channel_data(0x4001, {}), DropReason::no_route},
      {"short channel data", {0x40, 0x04, 0, 1}, DropReason::malformed},
      {"no permission", send_to(at("192.0.2.2:1")), DropReason::no_route},
      {"refused port", send_to(kPeerV4.with_port(5001)), DropReason::peer_refused},
      {"port 0", send_to(kPeerV4.with_port(0)), DropReason::malformed},
      {"channel at its deadline", channel_data(0x4009, {}), DropReason::expired},
      {"permission at its deadline", send_to(ended.peer.plain()), DropReason::expired},
  };
  for (const auto& [name, packet, reason] : from_client) {
    const Verdict verdict = world.forwarder.from_client(packet, world.client, kNow);
    EXPECT_EQ(verdict.kind, Kind::drop) << name;
    EXPECT_EQ(verdict.reason, reason) << name;
  }
  const std::pair<ExternalEndpoint, DropReason> from_peer[] = {
      {at("192.0.2.2:1"), DropReason::no_route},
      {kPeerV6, DropReason::no_route},  // at the relay of the other family
      {kPeerV4.with_port(5001), DropReason::peer_refused},
      {ExternalEndpoint(ended.peer.plain()), DropReason::expired},
      {ExternalEndpoint(ended.peer.plain().with_port(9)), DropReason::expired},
  };
  for (const auto& [peer, reason] : from_peer) {
    PeerPacket packet(10);
    const Verdict verdict =
        world.forwarder.from_peer(packet.payload, Relaying::relay(Family::ipv4), peer, packet.header(), kNow);
    EXPECT_EQ(verdict.reason, reason) << peer.to_string();
  }
  EXPECT_EQ(world.traffic(), (Traffic{.packets_dropped = 4})) << "by routes that are over";
}

TEST(Forwarder, one_tick_before_its_deadline_a_route_still_works) {
  Relaying world;
  const TimePoint last = kNow + seconds(10) - Duration(1);
  const Buffer packet = channel_data(0x4004, {});
  PeerPacket from_peer(1);
  EXPECT_EQ(world.forwarder.from_client(packet, world.client, last).kind, Kind::to_peer);
  EXPECT_EQ(world.from_peer(from_peer, kPeerV4, last).kind, Kind::to_client);
  EXPECT_EQ(world.forwarder.from_client(packet, world.client, last + Duration(1)).reason,
            DropReason::expired);
  EXPECT_EQ(world.from_peer(from_peer, kPeerV4, last + Duration(1)).reason, DropReason::expired);
}

TEST(Forwarder, payload_bytes_of_both_directions_are_metered_together_and_drops_are_counted_TURN_GEN_07) {
  Relaying world(Transport::udp, 3000);
  const Buffer packet = channel_data(0x4004, Buffer(1000, 1));
  PeerPacket from_peer(1000);
  const auto out = [&] { return world.forwarder.from_client(packet, world.client, kNow); };
  const auto in = [&] { return world.from_peer(from_peer, kPeerV4); };
  EXPECT_EQ(out().kind, Kind::to_peer);
  EXPECT_EQ(in().kind, Kind::to_client);
  EXPECT_EQ(out().kind, Kind::to_peer);
  EXPECT_EQ(out().reason, DropReason::over_budget);
  EXPECT_EQ(in().reason, DropReason::over_budget);
  EXPECT_EQ(world.traffic(), (Traffic{.packets_from_client = 2,
                                      .bytes_from_client = 2000,
                                      .packets_to_client = 1,
                                      .bytes_to_client = 1000,
                                      .packets_dropped = 2,
                                      .heard = kNow}));
}

TEST(Forwarder, relays_behind_nat_are_named_by_their_external_address_TURN_PERM_16) {
  const IpAddress external = IpAddress::v4(192, 0, 2, 200);
  Relaying world(
      Transport::udp, 0,
      {.rfc5766_channels = false, .external = AddressMap({{kPeerV4.address, ExternalAddress(external)}})});
  const Buffer send = send_indication([&](stun::MessageBuilder& message) {
    message.add_xor_address(Attr::xor_peer_address, {external, 9}).add(Attr::data, "x");
  });
  EXPECT_EQ(world.forwarder.from_client(send, world.client, kNow).peer, kPeerV4.with_port(9));
  PeerPacket packet(1);
  const Buffer indication = join(world.from_peer(packet, kPeerV4.with_port(9)).parts);
  const auto message = stun::MessageView::parse(indication);
  EXPECT_EQ(stun::read_xor_address(*message->find(Attr::xor_peer_address), message->transaction_id()),
            (Endpoint{external, 9}));
}

TEST(Forwarder, what_the_NAT_turns_around_comes_from_the_peer_that_is_known_by_its_local_address) {
  const IpAddress external = IpAddress::v4(192, 0, 2, 200);
  Relaying world(
      Transport::udp, 0,
      {.rfc5766_channels = false, .external = AddressMap({{kPeerV4.address, ExternalAddress(external)}})});
  for (const std::uint16_t port : {kPeerV4.port, std::uint16_t{9}}) {
    PeerPacket local(1), turned(1);
    EXPECT_EQ(world.from_peer(turned, {external, port}).along,
              world.from_peer(local, kPeerV4.with_port(port)).along);
    EXPECT_EQ(world.from_peer(turned, {external, port}).kind, Kind::to_client) << port;
  }
}

template <class Relay, class Sender>
constexpr bool kTakesFromPeer = std::is_invocable_v<decltype(&Forwarder::from_peer), Forwarder&, Bytes, Relay,
                                                    Sender, HeaderSpace, TimePoint>;

TEST(Forwarder, a_relay_and_a_sender_that_are_swapped_do_not_compile) {
  static_assert(kTakesFromPeer<RelayEndpoint, ExternalEndpoint>);
  static_assert(!kTakesFromPeer<ExternalEndpoint, RelayEndpoint>);
  static_assert(!kTakesFromPeer<Endpoint, Endpoint>);
}

TEST(Forwarder, a_sender_in_local_form_does_not_compile) {
  static_assert(!kTakesFromPeer<RelayEndpoint, PeerEndpoint>);
}

}  // namespace
}  // namespace turnpike::relay
