// A server's worth of routes and deadlines, so that tables have the size at which their cost matters.
#include "micro/cases.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <memory>

#include "turnpike/base/deadline_queue.hpp"
#include "turnpike/relay/forwarder.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/channel_data.hpp"
#include "turnpike/stun/integrity.hpp"

namespace turnpike::bench {
namespace {

using benchmark::DoNotOptimize;
using stun::Attr;
using Packet = std::vector<std::uint8_t>;

constexpr std::uint32_t kAllocations = 4096;  // a power of two
constexpr std::size_t kPayload = 160;
constexpr std::uint16_t kChannel = 0x4000;
const TimePoint kNow{std::chrono::hours(1)};
const PeerEndpoint kPeer{IpAddress::v4(192, 0, 2, 1), 5000};
const ExternalEndpoint kSender(kPeer.plain());
const stun::TransactionId kId{1, 2, 3};

ClientEndpoint client_of(std::uint32_t i) {
  return {IpAddress::v4(198, 51, 100, 1), static_cast<std::uint16_t>(1024 + i)};
}
RelayEndpoint relay_of(std::uint32_t i) {
  return {IpAddress::v4(203, 0, 113, 1), static_cast<std::uint16_t>(49152 + i)};
}
FiveTuple tuple_of(std::uint32_t i) {
  return {client_of(i), {IpAddress::v4(203, 0, 113, 1), 3478}, Transport::udp};
}

template <class Fill>
Packet message(stun::Method method, stun::Class cls, Fill&& fill) {
  Packet packet(512);
  stun::MessageBuilder builder(packet, method, cls, kId);
  fill(builder);
  packet.resize(builder.bytes().size());
  return packet;
}

Packet send_indication() {
  return message(stun::Method::send, stun::Class::indication, [](stun::MessageBuilder& builder) {
    builder.add_xor_address(Attr::xor_peer_address, kPeer.plain()).add(Attr::data, Packet(kPayload));
  });
}

Packet refresh_request(Bytes key, bool sha256) {
  return message(stun::Method::refresh, stun::Class::request, [&](stun::MessageBuilder& builder) {
    builder.add_u32(Attr::lifetime, 600)
        .add(Attr::username, "1757000000:participant")
        .add(Attr::realm, "turn.example.org");
    builder.add(Attr::nonce, "obMatJos2AAACf//499k954d6OL34oL9FSTvy64sA");
    sha256 ? builder.add_integrity_sha256(key) : builder.add_integrity_sha1(key);
  });
}

struct AllPorts final : relay::PortFilter {
  bool allows(const PeerEndpoint&, relay::Reach) const override { return true; }
};

// A channel and a permission of each allocation, all to one peer as with an SFU. Asked for one after the
// other, in an order that no cache foresees.
struct Relaying {
  Relaying() {
    for (std::uint32_t i = 0; i < kAllocations; ++i) {
      for (const std::uint16_t channel : {kChannel, std::uint16_t{0}}) {
        relay::Route route;
        route.client = tuple_of(i);
        route.relay = relay_of(i);
        route.peer = channel != 0 ? kPeer : kPeer.with_port(0);
        route.channel = channel;
        route.deadline = kNow + std::chrono::minutes(5);
        route.allocation = i;
        routes.publish(route);
      }
    }
  }
  std::uint32_t next() { return at = (at * 5 + 1) % kAllocations; }

  relay::RouteTable routes;
  AllPorts ports;
  relay::Meters meters{0, 1};
  SeededRandom random{1};
  relay::Forwarder forwarder{{}, routes, ports, meters, random};
  std::array<std::uint8_t, relay::kHeaderMax> header{};
  Packet payload = Packet(kPayload);
  std::uint32_t at = 0;
};

Packet channel_data() {
  Packet packet(stun::kChannelHeaderSize + kPayload);
  stun::write_channel_header(packet, kChannel, kPayload);
  return packet;
}

void add_messages(std::vector<Case>& cases) {
  const stun::Key key =
      stun::long_term_key(stun::PasswordAlgorithm::md5, "user", "turn.example.org", "password");
  cases.push_back({"parse_send_indication",
                   [packet = send_indication()] { DoNotOptimize(stun::MessageView::parse(packet)); }});
  cases.push_back({"parse_request", [packet = refresh_request(key.view(), false)] {
                     DoNotOptimize(stun::MessageView::parse(packet));
                   }});
  cases.push_back({"build_response", [buffer = Packet(512)]() mutable {
                     stun::MessageBuilder builder(buffer, stun::Method::allocate, stun::Class::success, kId);
                     builder.add_xor_address(Attr::xor_relayed_address, relay_of(0).plain())
                         .add_xor_address(Attr::xor_mapped_address, kPeer.plain());
                     builder.add_u32(Attr::lifetime, 600);
                     DoNotOptimize(builder.bytes());
                   }});
  for (const bool sha256 : {false, true}) {
    cases.push_back(
        {sha256 ? "verify_sha256" : "verify_sha1", [key, packet = refresh_request(key.view(), sha256)] {
           DoNotOptimize(stun::verify(*stun::MessageView::parse(packet), key.view()));
         }});
  }
}

void add_routes(std::vector<Case>& cases) {
  const auto r = std::make_shared<Relaying>();
  cases.push_back(
      {"route_by_channel", [r] { DoNotOptimize(r->routes.by_channel(tuple_of(r->next()), kChannel)); }});
  cases.push_back(
      {"route_from_peer", [r] { DoNotOptimize(r->routes.channel_from_peer(relay_of(r->next()), kPeer)); }});
  cases.push_back({"forward_channel_data", [r, packet = channel_data()] {
                     DoNotOptimize(r->forwarder.from_client(packet, tuple_of(r->next()), kNow));
                   }});
  cases.push_back({"forward_send_indication", [r, packet = send_indication()] {
                     DoNotOptimize(r->forwarder.from_client(packet, tuple_of(r->next()), kNow));
                   }});
  cases.push_back({"forward_from_peer_by_channel", [r] {
                     DoNotOptimize(
                         r->forwarder.from_peer(r->payload, relay_of(r->next()), kSender, r->header, kNow));
                   }});
  cases.push_back({"forward_from_peer_by_permission", [r] {
                     DoNotOptimize(r->forwarder.from_peer(r->payload, relay_of(r->next()),
                                                          kSender.with_port(5001), r->header, kNow));
                   }});
}

void add_deadlines(std::vector<Case>& cases) {
  auto queue = std::make_shared<DeadlineQueue<std::uint32_t>>();
  for (std::uint32_t i = 0; i < kAllocations; ++i) queue->set(i, kNow + std::chrono::seconds(i));
  // Every refresh moves one.
  cases.push_back({"deadline_moved", [queue, at = std::uint32_t{0}, round = 0]() mutable {
                     at = (at * 5 + 1) % kAllocations;
                     queue->set(at, kNow + std::chrono::seconds(at + kAllocations * (++round % 2)));
                     DoNotOptimize(queue->next());
                   }});
  cases.push_back({"deadline_passed", [queue] {
                     const TimePoint next = *queue->next();
                     const auto key = queue->pop_due(next);
                     queue->set(*key, next + std::chrono::seconds(kAllocations));
                   }});
}

}  // namespace

std::vector<Case> micro_cases() {
  std::vector<Case> cases;
  add_messages(cases);
  add_routes(cases);
  add_deadlines(cases);
  return cases;
}

}  // namespace turnpike::bench
