// What a worker does on real sockets: relaying, replies, IP fields, ICMP, reload, drain and stop.
#include "turnpike/worker/worker.hpp"

#include <gtest/gtest.h>
#include <netinet/ip_icmp.h>

#include <algorithm>
#include <list>
#include <map>
#include <thread>

#include "shell/support.hpp"
#include "unit/net/own_namespace.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

using client::Data;
using client::Failed;

const std::string kLarge(1200, 'x');

config::Config config_with(std::uint32_t workers) {
  config::Config config = loopback_config();
  config.workers = workers;
  return config;
}

struct Setting {
  std::uint32_t workers;
  Transport transport;
};

class WorkerRelay : public ::testing::TestWithParam<Setting> {
 protected:
  RunningServer server_{config_with(GetParam().workers)};
};

std::string name_of(const ::testing::TestParamInfo<Setting>& info) {
  return std::string(to_string(info.param.transport)) + "_" + std::to_string(info.param.workers);
}

INSTANTIATE_TEST_SUITE_P(Worker, WorkerRelay,
                         ::testing::Values(Setting{1, Transport::udp}, Setting{2, Transport::udp},
                                           Setting{1, Transport::tcp}, Setting{2, Transport::tcp},
                                           Setting{1, Transport::tls}, Setting{2, Transport::tls}),
                         name_of);

TEST_P(WorkerRelay, channel_data_passes_both_ways_TURN_CHD_01_TURN_CHD_02) {
  TestClient client = server_.connect(GetParam().transport);
  UdpPort peer;
  const Endpoint relay = client.allocate();
  client.bind(peer.local());
  for (const std::string& text : {std::string("a"), std::string("abcde"), std::string(), kLarge}) {
    client.send(peer.local(), text);
    const auto received = peer.receive();
    ASSERT_TRUE(received.has_value()) << text.size();
    EXPECT_EQ(received->text, text);
    EXPECT_EQ(received->from, relay);
    peer.send(text, relay);
    const Data data = client.expect<Data>();
    EXPECT_EQ(as_text(data.bytes), text);
    EXPECT_TRUE(data.via_channel);
  }
}

TEST_P(WorkerRelay, indications_pass_both_ways) {
  TestClient client = server_.connect(GetParam().transport);
  UdpPort peer;
  const Endpoint relay = client.allocate();
  client.permit(peer.local());
  for (const std::string& text : {std::string("a"), std::string("abcde"), std::string(), kLarge}) {
    client.send(peer.local(), text);
    const auto received = peer.receive();
    ASSERT_TRUE(received.has_value()) << text.size();
    EXPECT_EQ(received->text, text);
    peer.send(text, relay);
    EXPECT_EQ(client.expect<Data>(), (Data{.peer = peer.local(), .bytes = {text.begin(), text.end()}}));
  }
}

// As many clients as make it sure that two workers have some; each talks to the next one's relayed address.
TEST_P(WorkerRelay, relays_talk_to_each_other_wherever_their_clients_are) {
  std::list<TestClient> clients;
  std::vector<Endpoint> relays;
  for (int i = 0; i < 12; ++i)
    relays.push_back(clients.emplace_back(connect(GetParam().transport, server_.listen())).allocate());
  std::size_t i = 0;
  for (TestClient& client : clients) {
    const Endpoint next = relays[++i % relays.size()];
    const Endpoint previous = relays[(i + relays.size() - 2) % relays.size()];
    client.bind(next);
    client.permit(previous);
  }
  for (TestClient& client : clients) client.send(relays[++i % relays.size()], "to the next");
  i = 0;
  for (TestClient& client : clients)
    EXPECT_EQ(client.data_from(relays[(i++ + relays.size() - 1) % relays.size()]), "to the next");
}

TEST(Worker, clients_of_two_workers_reach_each_other) {
  const config::Config config = loopback_config();
  const std::vector<config::ListenConfig> apart{config.listen, loopback_listeners()};
  RunningServer server(config, apart);
  TestClient udp(connect(Transport::udp, apart[0]));
  TestClient tcp(connect(Transport::tcp, apart[1]));
  const Endpoint udp_relay = udp.allocate();
  const Endpoint tcp_relay = tcp.allocate();
  udp.bind(tcp_relay);
  tcp.permit(udp_relay);
  udp.send(tcp_relay, "from one worker");
  EXPECT_EQ(tcp.data_from(udp_relay), "from one worker");
  tcp.send(udp_relay, "to the other");
  EXPECT_EQ(udp.data_from(tcp_relay), "to the other");
}

TEST(Worker, a_closed_port_becomes_a_data_indication_ICMP_04_ICMP_05) {
  RunningServer server(loopback_config());
  TestClient client = server.connect(Transport::udp);
  client.allocate();
  const Endpoint closed = UdpPort().local();
  const client::IcmpReported unreachable{
      .peer = closed, .type = ICMP_DEST_UNREACH, .code = ICMP_PORT_UNREACH};
  client.permit(closed);
  client.send(closed, "x");
  EXPECT_EQ(client.expect<client::IcmpReported>(), unreachable);
  client.bind(closed);
  client.send(closed, "x");
  EXPECT_EQ(client.expect<client::IcmpReported>(), unreachable);
}

TEST(Worker, a_closed_port_does_not_disturb_an_open_one_ICMP_09) {
  RunningServer server(loopback_config());
  TestClient client = server.connect(Transport::udp);
  const Endpoint relay = client.allocate();
  const Endpoint closed = UdpPort().local();
  UdpPort peer;
  client.permit(peer.local());
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i);
    client.send(closed, text);
    client.send(peer.local(), text);
    const auto received = peer.receive();
    ASSERT_TRUE(received.has_value()) << i;
    ASSERT_EQ(received->text, text);
    peer.send(text, relay);
    ASSERT_EQ(client.data_from(peer.local()), text);
  }
}

TEST(Worker, on_a_wildcard_the_reply_leaves_from_where_the_request_went_FRM_12) {
  config::Config config = loopback_config();
  const std::uint16_t port = config.listen.udp.front().port;
  config.listen.udp = {{IpAddress::v4(0, 0, 0, 0), port}};
  RunningServer server(config);
  UdpPort peer;
  for (const IpAddress address : {IpAddress::v4(127, 0, 0, 1), IpAddress::v4(127, 0, 0, 2)}) {
    auto wire = std::make_unique<UdpWire>(Endpoint{address, port}, Endpoint{IpAddress::v4(127, 0, 0, 3), 0});
    const UdpWire& seen = *wire;
    TestClient client(std::move(wire));
    client.turn().binding(clock_now());
    EXPECT_EQ(client.expect<client::MappedAddress>().mapped.address, IpAddress::v4(127, 0, 0, 3));
    EXPECT_EQ(seen.from, (Endpoint{address, port}));
    const Endpoint relay = client.allocate();
    client.permit(peer.local());
    peer.send("x", relay);
    EXPECT_EQ(client.data_from(peer.local()), "x");
    EXPECT_EQ(seen.from, (Endpoint{address, port}));
  }
}

TEST(Worker, dscp_and_ecn_are_copied_both_ways_IPF_01_IPF_02) {
  RunningServer server(loopback_config());
  auto wire = std::make_unique<UdpWire>(server.udp());
  UdpWire& client_wire = *wire;
  TestClient client(std::move(wire));
  UdpPort peer;
  const Endpoint relay = client.allocate();
  client.bind(peer.local());
  for (const std::uint8_t tos : {0xB8, 0x02, 0x8A | 0x01, 0x03, 0x00}) {
    client_wire.tos = tos;
    client.send(peer.local(), "x");
    const auto received = peer.receive();
    ASSERT_TRUE(received.has_value());
    EXPECT_EQ(received->tos, tos);
    peer.send("x", relay, tos);
    EXPECT_EQ(client.data_from(peer.local()), "x");
    EXPECT_EQ(client_wire.tos_received, tos);
  }
}

TEST(Worker, only_with_dont_fragment_is_a_large_datagram_not_cut_TURN_ALLOC_05_TURN_SEND_07_IPF_04) {
  const std::string too_large(3000, 'x');
  const bool ran = net::in_own_namespace(1500, [&] {
    RunningServer server(loopback_config());
    UdpPort peer;
    for (const bool dont_fragment : {false, true}) {
      TestClient client(
          connect(Transport::udp, server.listen()),
          {.username = "user", .password = "pass", .allocate = {.dont_fragment = dont_fragment}});
      client.allocate();
      client.permit(peer.local());
      client.send(peer.local(), too_large);
      client.send(peer.local(), "small");
      const auto first = peer.receive();
      ASSERT_TRUE(first.has_value());
      EXPECT_EQ(first->text, dont_fragment ? "small" : too_large);
      if (dont_fragment) continue;
      EXPECT_EQ(peer.receive().value().text, "small");
    }
  });
  if (!ran) GTEST_SKIP() << "needs a network namespace";
}

TEST(Worker, nothing_from_strangers_reaches_a_client) {
  RunningServer server(loopback_config());
  TestClient client = server.connect(Transport::udp);
  UdpPort peer(Endpoint{IpAddress::v4(127, 0, 0, 2), 0});
  UdpPort stranger(Endpoint{IpAddress::v4(127, 0, 0, 3), 0});
  const Endpoint relay = client.allocate();
  client.permit(peer.local());
  stranger.send("from a stranger", relay);
  client.send(stranger.local(), "to a stranger");
  peer.send("from the peer", relay);
  EXPECT_EQ(client.data_from(peer.local()), "from the peer");
  EXPECT_FALSE(client.next<Data>(kSilence).has_value());
  EXPECT_FALSE(stranger.receive(kSilence).has_value());
}

bool may_allocate(const RunningServer& server, const std::string& user, const std::string& password) {
  return server.connect(Transport::udp, {.username = user, .password = password}).try_allocation();
}

TEST(Worker, a_reload_changes_the_rules_and_leaves_allocations_alone) {
  config::Config config = config_with(2);
  RunningServer server(config);
  TestClient client = server.connect(Transport::tls);
  UdpPort peer(Endpoint{IpAddress::v4(127, 0, 0, 2), 0});
  const Endpoint relay = client.allocate();
  client.bind(peer.local());
  const TemporaryFolder folder;
  const net::TlsFiles renewed = make_certificate(folder, 2);
  config.tls = {renewed.certificate, renewed.key};
  config.credentials.users = {{"other", "secret"}};
  config.peers.deny = {{*IpPrefix::parse("127.0.0.3")}};
  for (int i = 0; i < 200; ++i) {
    if (i % 50 == 10) server.reload(config);
    client.send(peer.local(), std::to_string(i));
    const auto received = peer.receive();
    ASSERT_TRUE(received.has_value()) << i;
    peer.send(received->text, relay);
    ASSERT_EQ(client.data_from(peer.local()), std::to_string(i));
  }
  EXPECT_TRUE(may_allocate(server, "other", "secret"));
  EXPECT_FALSE(may_allocate(server, "user", "pass"));
  EXPECT_EQ(TlsWire(server.tls()).certificate_serial(), 2);
  client.turn().create_permission({{IpAddress::v4(127, 0, 0, 3), 9}}, clock_now());
  EXPECT_EQ(client.expect<Failed>().code, 403);
}

// The forwarder judges ports by itself, where the rules speak of some ports of an address.
TEST(Worker, a_reload_changes_which_ports_of_a_peer_are_reached) {
  config::Config config = loopback_config();
  UdpPort first;
  UdpPort second;
  const auto allow = [&](const UdpPort& peer) {
    config.peers.allow = {{*IpPrefix::parse("127.0.0.1"), peer.local().port, peer.local().port}};
  };
  allow(first);
  RunningServer server(config);
  TestClient client = server.connect(Transport::udp);
  const Endpoint relay = client.allocate();
  client.permit(first.local());
  const auto reached = [&](UdpPort& peer) {
    client.send(peer.local(), "there");
    const bool there = peer.receive(kSilence).has_value();
    peer.send("back", relay);
    EXPECT_EQ(client.data_from(peer.local(), kSilence) == "back", there);
    return there;
  };
  EXPECT_TRUE(reached(first));
  EXPECT_FALSE(reached(second));
  allow(second);
  server.reload(config);
  EXPECT_TRUE(becomes_true([&] { return reached(second); }));
  EXPECT_FALSE(reached(first));
}

// The client was heard of, and when is the clock's.
relay::Traffic counts_of(relay::Traffic traffic) {
  EXPECT_NE(std::exchange(traffic.heard, {}), TimePoint{});
  return traffic;
}

TEST(Worker, reports_what_its_allocations_relay_and_what_they_relayed_when_they_ended) {
  RunningServer server(config_with(2));
  const auto read = [&] {
    return server.ask([](Worker& worker, std::function<void()> done) { worker.read_usage(std::move(done)); });
  };
  std::map<Transport, relay::Traffic> expected;
  std::list<TestClient> clients;
  UdpPort peer;
  for (const Transport transport : {Transport::udp, Transport::tls}) {
    TestClient& client = clients.emplace_back(connect(transport, server.listen()));
    const Endpoint relay = client.allocate();
    client.bind(peer.local());
    client.send(peer.local(), "to the peer");
    ASSERT_TRUE(peer.receive());
    for (int i = 0; i < 2; ++i) peer.send("back", relay);
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client.data_from(peer.local()), "back");
    expected[transport] = {
        .packets_from_client = 1, .bytes_from_client = 11, .packets_to_client = 2, .bytes_to_client = 8};
  }
  std::map<Transport, relay::Traffic> live;
  for (const relay::UsageReport& report : read()) {
    for (const auto& each : report.live.value()) live[each.transport] = counts_of(each.traffic);
  }
  EXPECT_EQ(live, expected);
  for (TestClient& client : clients) {
    client.turn().refresh(0, clock_now());
    client.expect<client::Refreshed>();
  }
  std::map<Transport, relay::Traffic> ended;
  for (const relay::UsageReport& report : read()) {
    EXPECT_TRUE(report.live->empty());
    for (const auto& each : report.ended) ended[each.transport] = counts_of(each.traffic);
  }
  EXPECT_EQ(ended, expected);
}

TEST(Worker, a_revocation_is_done_when_relays_are_closed_and_reported) {
  RunningServer server(config_with(2));
  std::list<TestClient> clients;
  std::vector<Endpoint> relays;
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::udp, Transport::tls}) {
    relays.push_back(clients.emplace_back(connect(transport, server.listen())).allocate());
  }
  const auto revoke = [&](std::string user_id) {
    const auto users = std::make_shared<const std::vector<std::string>>(1, std::move(user_id));
    std::size_t ended = 0;
    for (const auto& report : server.ask(
             [&](Worker& worker, std::function<void()> done) { worker.revoke(users, std::move(done)); })) {
      ended += report.ended.size();
    }
    return ended;
  };
  EXPECT_EQ(revoke("nobody"), 0U);
  EXPECT_EQ(revoke("user"), relays.size());
  for (const Endpoint& relay : relays) EXPECT_TRUE(net::UdpSocket::open({.local = relay}).has_value());
}

TEST(Worker, stop_ends_everything_within_a_second) {
  RunningServer server(config_with(2));
  std::list<TestClient> clients;
  std::vector<Endpoint> relays;
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls}) {
    relays.push_back(clients.emplace_back(connect(transport, server.listen())).allocate());
  }
  EXPECT_EQ(server.allocations(), 3U);
  EXPECT_LT(server.stop(), std::chrono::seconds(1));
  EXPECT_EQ(server.allocations(), 0U);
  for (const Endpoint& relay : relays) EXPECT_TRUE(net::UdpSocket::open({.local = relay}).has_value());
  for (TestClient& client : clients) {
    EXPECT_TRUE(client.wire().transport() == Transport::udp || is_closed(client.wire()));
  }
}

// By every transport to the other server.
turn::Alternates alternates_to(const RunningServer& other, bool redirects = true) {
  turn::AlternateServer server{
      {{Transport::udp, other.udp()}, {Transport::tcp, other.tcp()}, {Transport::tls, other.tls()}}};
  return {redirects, {std::move(server)}};
}

// Where the server sends the client; throws where it serves it.
Endpoint asked_elsewhere(TestClient& client) {
  client.turn().allocate(clock_now());
  const Failed failed = client.expect<Failed>();
  EXPECT_EQ(failed.code, 300);
  return failed.redirection.value().servers.front();
}

TEST(Worker, who_is_sent_away_is_served_there_and_who_comes_back_is_served_here_ALT_02_ALT_05) {
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls}) {
    RunningServer full(config_with(2)), other(loopback_config());
    full.set_alternates(alternates_to(other));
    TestClient client = full.connect(transport);
    const config::ListenConfig& listen = other.listen();
    const Endpoint expected = transport == Transport::udp   ? listen.udp.front()
                              : transport == Transport::tcp ? listen.tcp.front()
                                                            : listen.tls.front();
    EXPECT_EQ(asked_elsewhere(client), expected);
    EXPECT_EQ(full.allocations(), 0U);
    TestClient there = other.connect(transport);
    there.allocate();
    EXPECT_EQ(other.allocations(), 1U);
    for (int i = 0; i < 4; ++i) {  // whichever worker has its port
      TestClient back = full.connect(transport);
      back.allocate();
    }
  }
}

TEST(Worker, draining_sends_new_clients_to_another_server_and_lets_allocations_live_ALT_08) {
  RunningServer server(config_with(2)), other(loopback_config());
  TestClient before = server.connect(Transport::udp);
  before.allocate();
  server.set_alternates(alternates_to(other, false));
  server.drain();
  TestClient late = server.connect(Transport::udp);
  EXPECT_EQ(asked_elsewhere(late), other.udp());
  before.turn().refresh(600, clock_now());
  EXPECT_EQ(before.expect<client::Refreshed>().lifetime_s, 600U);
  server.set_alternates({});
  TestClient later = server.connect(Transport::udp);
  later.turn().allocate(clock_now());
  EXPECT_EQ(later.expect<Failed>().code, 508);
}

TEST(Worker, draining_lets_allocations_live_and_grants_no_more_ALT_08) {
  const config::Config config = loopback_config();
  const std::vector<config::ListenConfig> apart{
      config.listen, loopback_listeners()};  // the second worker is empty from the start
  RunningServer server(config, apart);
  TestClient client(connect(Transport::udp, apart[0]));
  UdpPort peer;
  const Endpoint relay = client.allocate();
  client.permit(peer.local());
  server.drain();
  for (const config::ListenConfig& listen : apart) {
    TestClient late(connect(Transport::udp, listen));
    late.turn().allocate(clock_now());
    EXPECT_EQ(late.expect<Failed>().code, 508);
  }
  EXPECT_FALSE(server.is_empty());
  peer.send("still here", relay);
  EXPECT_EQ(client.data_from(peer.local()), "still here");
  client.turn().refresh(0, clock_now());
  EXPECT_EQ(client.expect<client::Refreshed>().lifetime_s, 0U);
  EXPECT_TRUE(becomes_true([&] { return server.is_empty(); }));
}

}  // namespace
}  // namespace turnpike::worker
