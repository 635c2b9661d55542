// What workers count is what was sent to them.
#include "turnpike/worker/counters.hpp"

#include <gtest/gtest.h>

#include "shell/await.hpp"
#include "shell/support.hpp"
#include "turnpike/base/add_up.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/worker/worker_pool.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

constexpr int kPackets = 30;
const std::string kPayload(100, 'x');

class CountersTest : public ::testing::Test {
 protected:
  CountersTest() {
    log::open({log::Level::error, log::Format::text, ""});
    const net::TlsFiles files = make_certificate(folder_, 1);
    config_.tls = {files.certificate, files.key};
    config_.workers = 2;
    config_.limits.connections_per_ip = 3;
    workers_.emplace(config_, std::vector{IpAddress::v4(127, 0, 0, 1)}, nullptr);
    workers_->start();
  }
  ~CountersTest() override { workers_->stop(); }

  Counters read() { return sum_of(await(context_, workers_->read_counters())); }
  // Until what was sent has been counted.
  Counters read_when(const std::function<bool(Counters&)>& counted) {
    Counters counters;
    EXPECT_TRUE(becomes_true([&] { return counted(counters = read()); }, kPatience));
    return counters;
  }
  TestClient connect(Transport transport, const std::string& password = "pass") const {
    return TestClient(shell::connect(transport, config_.listen), {.username = "user", .password = password});
  }

  TemporaryFolder folder_;
  config::Config config_ = loopback_config();
  boost::asio::io_context context_;
  std::optional<WorkerPool> workers_;
};

TEST_F(CountersTest, packets_and_bytes_are_counted_by_direction_and_transport) {
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls}) {
    TestClient client = connect(transport);
    UdpPort peer;
    const Endpoint relay = client.allocate();
    client.bind(peer.local());
    for (int i = 0; i < kPackets; ++i) client.send(peer.local(), kPayload);
    peer.send(kPayload, relay);
    EXPECT_EQ(client.data_from(peer.local()), kPayload);
    const Volume from_client{kPackets, kPackets * kPayload.size()};
    const Volume to_client{1, kPayload.size()};
    Counters counters = read_when(
        [&](Counters& now) { return now.by_sockets(Direction::from_client, transport) == from_client; });
    EXPECT_EQ(counters.by_sockets(Direction::to_client, transport), to_client) << to_string(transport);
  }
  const Counters counters = read();
  EXPECT_EQ(counters.relays_opened, 3U);
  EXPECT_EQ(counters.relays_not_opened, 0U);
  EXPECT_GE(counters.sends.sent, 3U * kPackets);
  EXPECT_EQ(counters.sends.dropped, 0U);
  EXPECT_EQ(counters.kernel, (std::array<Volume, 2>{}));
}

TEST_F(CountersTest, allocations_and_their_ends_are_counted_with_the_time_that_one_takes) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(connect(Transport::tcp).try_allocation());
  const Counters counters = read_when([](Counters& now) { return now.ends.sum() == 3; });
  EXPECT_EQ(counters.allocations_started.of(Transport::tcp), 3U);
  EXPECT_EQ(counters.allocations_ended.of(Transport::tcp), 3U);
  EXPECT_EQ(counters.allocations_started.sum(), 3U);
  EXPECT_EQ(counters.ends.of(turn::EndReason::deleted), 3U);
  EXPECT_EQ(counters.allocates.count(), 3U);
  EXPECT_GT(counters.allocates.sum(), Duration::zero());
  EXPECT_LT(counters.allocates.sum(), kPatience);
}

TEST_F(CountersTest, the_time_of_some_batches_is_taken_in_both_directions) {
  EXPECT_EQ(read().queueing[0].count(), 0U);
  TestClient client = connect(Transport::udp);
  UdpPort peer;
  const Endpoint relay = client.allocate();
  client.bind(peer.local());
  EXPECT_EQ(read().queueing[0].count(), 0U) << "of requests no time is taken";
  client.send(peer.local(), kPayload);
  EXPECT_TRUE(peer.receive().has_value());
  EXPECT_EQ(read().queueing[0].count(), 1U);
  EXPECT_EQ(read().queueing[1].count(), 0U);
  peer.send(kPayload, relay);
  EXPECT_EQ(client.data_from(peer.local()), kPayload);
  const auto to_client = read().queueing[1];
  EXPECT_EQ(to_client.count(), 1U);
  EXPECT_GT(to_client.sum(), Duration::zero());
}

TEST_F(CountersTest, all_of_a_workers_time_is_waiting_or_work) {
  const TimePoint began = clock_now();
  const Counters before = read();
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(connect(Transport::udp).try_allocation());
  const Counters after = read();
  const Duration passed = clock_now() - began;
  const Duration worked = after.working - before.working, waited = after.waiting - before.waiting;
  EXPECT_GT(worked, Duration::zero());
  EXPECT_GT(waited, Duration::zero());
  const Duration of_both = 2 * passed;
  EXPECT_LE(worked + waited, of_both);
  EXPECT_GE(worked + waited, of_both * 9 / 10);
}

TEST_F(CountersTest, requests_are_counted_by_method_and_code) {
  TestClient client = connect(Transport::udp);
  client.allocate();
  EXPECT_FALSE(connect(Transport::udp, "wrong").try_allocation());
  const Counters counters = read();
  const std::map<Answer, std::uint64_t>& answers = counters.answers;
  EXPECT_EQ(answers.at({stun::Method::allocate, 0}), 1U);
  EXPECT_GE(answers.at({stun::Method::allocate, 401}), 3U) << "two first challenges, and a wrong password";
  EXPECT_EQ(answers.size(), 2U);
  EXPECT_EQ(counters.refusals.of(turn::Cause::no_credentials), 2U);
  EXPECT_GE(counters.refusals.of(turn::Cause::wrong_integrity), 1U);
  EXPECT_EQ(counters.refusals.sum(), answers.at({stun::Method::allocate, 401}));
}

TEST(Counters, what_the_kernel_relayed_and_dropped_is_added_by_direction_and_reason) {
  Counters counters;
  counters.drops.add(relay::DropReason::over_budget);
  for (int i = 0; i < 2; ++i) {
    counters.add_by_kernel({.packets_from_client = 1,
                            .bytes_from_client = 10,
                            .packets_to_client = 2,
                            .bytes_to_client = 20,
                            .packets_dropped = 3});
  }
  EXPECT_EQ(counters.kernel, (std::array<Volume, 2>{Volume{2, 20}, Volume{4, 40}}));
  EXPECT_EQ(counters.drops.of(relay::DropReason::over_budget), 7U);
  EXPECT_EQ(counters.drops.sum(), 7U);
}

TEST(Counters, those_of_workers_add_up) {
  Counters one;
  one.by_sockets(Direction::to_client, Transport::tls).add(100);
  one.kernel[0].add(200);
  one.drops.add(relay::DropReason::expired);
  one.answers[{stun::Method::refresh, 438}] = 3;
  one.refusals.add(turn::Cause::stale_nonce, 3);
  one.paths.handshakes.add(std::chrono::milliseconds(4));
  one.sends.sent = 5;
  one.flows.added = 6;
  one.flows.count(kernel::NoFlow::stream);
  one.relays_opened = 7;
  one.relays_not_opened = 8;
  one.allocations_started.add(Transport::tcp, 9);
  one.queueing[1].add(std::chrono::milliseconds(10));
  one.working = std::chrono::seconds(11);
  Counters sum;
  add_up(sum, one);
  EXPECT_EQ(sum, one);
  add_up(sum, one);
  EXPECT_EQ(sum.by_sockets(Direction::to_client, Transport::tls), (Volume{2, 200}));
  EXPECT_EQ(sum.kernel[0], (Volume{2, 400}));
  EXPECT_EQ(sum.drops.of(relay::DropReason::expired), 2U);
  EXPECT_EQ(sum.answers.at({stun::Method::refresh, 438}), 6U);
  EXPECT_EQ(sum.refusals.of(turn::Cause::stale_nonce), 6U);
  EXPECT_EQ(sum.paths.handshakes.sum(), std::chrono::milliseconds(8));
  EXPECT_EQ(sum.sends.sent, 10U);
  EXPECT_EQ(sum.flows.added, 12U);
  EXPECT_EQ(sum.flows.not_added[static_cast<std::size_t>(kernel::NoFlow::stream)], 2U);
  EXPECT_EQ(sum.relays_opened, 14U);
  EXPECT_EQ(sum.relays_not_opened, 16U);
  EXPECT_EQ(sum.allocations_started.of(Transport::tcp), 18U);
  EXPECT_EQ(sum.queueing[1].sum(), std::chrono::milliseconds(20));
  EXPECT_EQ(sum.working, std::chrono::seconds(22));
}

TEST_F(CountersTest, drops_are_counted_by_reason) {
  TestClient client = connect(Transport::udp);
  UdpPort peer;
  const Endpoint relay = client.allocate();
  for (int i = 0; i < kPackets; ++i) peer.send(kPayload, relay);
  client.wire().send(as_bytes(std::string("\x50\x00\x00\x00", 4)));
  const Counters counters = read_when([](Counters& now) { return now.drops.sum() >= kPackets + 1; });
  EXPECT_EQ(counters.drops.of(relay::DropReason::no_route), static_cast<std::uint64_t>(kPackets));
  EXPECT_EQ(counters.drops.of(relay::DropReason::malformed), 1U);
}

TEST_F(CountersTest, connections_and_handshakes_are_counted_with_what_became_of_them) {
  using net::HandshakeFailure;
  {
    TestClient tcp = connect(Transport::tcp);
    TestClient tls = connect(Transport::tls);
    tcp.turn().binding(clock_now());
    EXPECT_TRUE(tcp.next<client::MappedAddress>().has_value());
    tls.turn().binding(clock_now());
    EXPECT_TRUE(tls.next<client::MappedAddress>().has_value());
    TcpWire no_tls(config_.listen.tls.front());
    no_tls.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_TRUE(is_closed(no_tls));
    TcpWire third(config_.listen.tls.front());
    read_when([](Counters& now) { return now.paths.connections_admitted == 4; });
    TcpWire fourth(config_.listen.tcp.front());
    EXPECT_TRUE(is_closed(fourth));
  }
  const Counters counters = read_when([](Counters& now) { return now.paths.connections_closed.sum() == 4; });
  EXPECT_EQ(counters.paths.connections_admitted, 4U);
  EXPECT_EQ(counters.paths.connections_not_admitted.of(path::NotAdmitted::address_is_full), 1U);
  EXPECT_EQ(counters.paths.connections_not_admitted.sum(), 1U);
  EXPECT_EQ(counters.paths.handshakes.count(), 1U);
  EXPECT_EQ(counters.paths.handshakes_failed.of(HandshakeFailure::not_tls), 1U);
  EXPECT_EQ(counters.paths.handshakes_failed.of(HandshakeFailure::nothing_sent), 1U);
  EXPECT_EQ(counters.paths.handshakes_failed.sum(), 2U);
}

}  // namespace
}  // namespace turnpike::worker
