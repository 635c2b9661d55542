// Connections on their way to another server, and what becomes of those that get there.
#include "turnpike/path/passages.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "shell/support.hpp"
#include "turnpike/net/proxy_protocol.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/path/client_paths.hpp"
#include "unit/net/hello_helpers.hpp"

namespace turnpike::path {
namespace {

using namespace shell;
using std::chrono::seconds;

constexpr TimePoint kStart = TimePoint(std::chrono::hours(1));

FiveTuple client_of(std::uint16_t port) {
  return {ClientEndpoint(loopback(port)), ServerEndpoint(loopback(443)), Transport::tls, {}};
}

class PassagesTest : public testing::Test {
 protected:
  void begin(std::uint16_t client, const Endpoint& server) {
    passages_.begin({net::ByteStream(net::FileDescriptor()), {'h', 'i'}, client_of(client), server}, kStart);
  }
  // What is ready within a moment.
  void serve() {
    net::Poller poller;
    poller.add_or_throw(passages_.fd(), 0);
    while (!poller.wait(std::chrono::milliseconds(20)).empty()) {
      passages_.note_ready();
      EXPECT_TRUE(passages_.has_any());
      passages_.serve();
    }
    EXPECT_FALSE(passages_.has_any());
  }

  Passages passages_;
};

TEST_F(PassagesTest, one_arrives_when_its_server_accepts) {
  auto server = net::Listener::open({.local = loopback(0)}).value();
  begin(7, server.local());
  EXPECT_EQ(passages_.next_deadline(), kStart + seconds(5));
  serve();
  const auto arrived = passages_.next_arrived();
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->client.ends, client_of(7));
  EXPECT_EQ(arrived->client.begin, (std::vector<std::uint8_t>{'h', 'i'}));
  EXPECT_EQ(net::peer_endpoint(arrived->server.get()), server.local());
  EXPECT_FALSE(passages_.next_arrived());
  EXPECT_EQ(passages_.size(), 0U);
  EXPECT_EQ(passages_.next_deadline(), std::nullopt);
}

TEST_F(PassagesTest, one_fails_when_its_server_refuses_it_or_cannot_be_reached) {
  const Endpoint nobody = net::Listener::open({.local = loopback(0)}).value().local();
  begin(7, nobody);
  serve();
  const auto refused = passages_.next_failed();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->client, client_of(7));
  EXPECT_EQ(refused->server, nobody);
  EXPECT_EQ(refused->error, boost::system::errc::connection_refused);
  begin(8, *Endpoint::parse("255.255.255.255:1"));
  ASSERT_TRUE(passages_.next_failed());
  EXPECT_FALSE(passages_.next_failed());
  EXPECT_FALSE(passages_.next_arrived());
  EXPECT_EQ(passages_.size(), 0U);
}

TEST_F(PassagesTest, one_fails_when_its_server_takes_its_time) {
  auto busy = net::Listener::open({.local = loopback(0), .backlog = 0}).value();
  for (std::uint16_t client = 0; client < 8; ++client) begin(client, busy.local());
  serve();
  std::size_t arrived = 0;
  while (passages_.next_arrived()) ++arrived;
  ASSERT_LT(arrived, 8U) << "the kernel accepts no more for it";
  passages_.on_deadline(kStart + seconds(5) - std::chrono::nanoseconds(1));
  EXPECT_EQ(passages_.size(), 8U - arrived);
  passages_.on_deadline(kStart + seconds(5));
  EXPECT_EQ(passages_.size(), 0U);
  const auto failed = passages_.next_failed();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->error, boost::system::errc::timed_out);
}

// The paths of a worker in a thread.
class PassedThrough : public testing::Test {
 protected:
  void begin(const Endpoint& server, bool with_header) {
    config::TlsConfig config;
    config.passthrough = {{"www.example.org", server}};
    config.passthrough_proxy_protocol = with_header;
    paths_.set_tls(std::make_shared<net::TlsContext>(make_certificate(folder_, 1)));
    paths_.pass_through(std::make_shared<Passthrough>(config));
    loop_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) take_turn();
    });
  }
  void take_turn() {
    constexpr auto kStrangers = ClientPaths::Step::strangers;
    const auto events = poller_.wait(paths_.has_waiting() ? Duration::zero() : std::chrono::milliseconds(5));
    paths_.begin_turn(clock_now());
    for (const net::Ready& event : events) paths_.note_ready(event.token);
    for (auto batch = paths_.next_batch(kStrangers); !batch.empty(); batch = paths_.next_batch(kStrangers)) {
    }
    paths_.on_deadline(clock_now());
    paths_.flush();
  }
  std::uint64_t closed(ConnectionEnd cause) {
    loop_ = {};
    return paths_.counters().connections_closed.of(cause);
  }

  TemporaryFolder folder_;
  config::ListenConfig listen_ = loopback_listeners();
  net::Poller poller_;
  net::ReceiveBatch batch_;
  net::SendQueue sends_;
  ConnectionLimiter limiter_{{}};
  ClientPaths paths_{{}, std::move(open_listeners(listen_, 1).front()), poller_, batch_, sends_, limiter_};
  std::jthread loop_;
};

// Until so many bytes or the end have come.
std::string read_from(int fd, std::size_t size) {
  std::string all, part(65536, '\0');
  const TimePoint until = clock_now() + kPatience;
  while (all.size() < size && clock_now() < until) {
    const auto count = ::recv(fd, part.data(), part.size(), MSG_DONTWAIT);
    if (count == 0) break;
    if (count > 0) all.append(part, 0, static_cast<std::size_t>(count));
  }
  return all;
}

TEST_F(PassedThrough, the_server_has_the_connection_from_its_first_byte_to_its_last_and_both_ways) {
  auto server = net::Listener::open({.local = loopback(0)}).value();
  begin(server.local(), true);
  TcpWire wire(listen_.tls[0]);
  const std::string hello = net::hello_of_chromium();
  wire.send(as_bytes(hello));
  std::optional<net::Accepted> accepted;
  ASSERT_TRUE(becomes_true([&] { return (accepted = server.accept()).has_value(); }));
  const auto header = net::make_proxy_header(
      {net::ProxiedEnds{ClientEndpoint(wire.local()), ServerEndpoint(listen_.tls[0])}});
  const std::string begin = std::string(as_text(header)) + hello;
  EXPECT_EQ(read_from(accepted->fd.get(), begin.size()), begin);
  ASSERT_EQ(::send(accepted->fd.get(), "hello", 5, 0), 5);
  EXPECT_EQ(wire.receive(kPatience), "hello");
  wire.send(as_bytes("the last"));
  wire.half_close();
  EXPECT_EQ(read_from(accepted->fd.get(), 100), "the last") << "and the end";
  EXPECT_EQ(limiter_.counts().strangers, 1U);
  ASSERT_EQ(::send(accepted->fd.get(), "bye", 3, 0), 3);
  EXPECT_EQ(wire.receive(kPatience), "bye") << "the way back is open";
  accepted.reset();
  EXPECT_TRUE(is_closed(wire));
  EXPECT_TRUE(becomes_true([&] { return limiter_.counts().strangers == 0; }));
  EXPECT_EQ(closed(ConnectionEnd::passed_through), 1U);
  EXPECT_EQ(closed(ConnectionEnd::no_server), 0U);
}

TEST_F(PassedThrough, without_its_server_a_connection_is_closed_and_its_place_is_free) {
  begin(net::Listener::open({.local = loopback(0)}).value().local(), false);
  TcpWire wire(listen_.tls[0]);
  wire.send(as_bytes(net::hello_of_chromium()));
  EXPECT_TRUE(is_closed(wire));
  EXPECT_TRUE(becomes_true([&] { return limiter_.counts().strangers == 0; }));
  EXPECT_EQ(closed(ConnectionEnd::no_server), 1U);
}

TEST_F(PassedThrough, others_are_served_on_the_same_port) {
  begin(net::Listener::open({.local = loopback(0)}).value().local(), false);
  const TlsWire turn(listen_.tls[0], "turn.example.org");
  EXPECT_EQ(turn.certificate_serial(), 1);
  EXPECT_EQ(closed(ConnectionEnd::no_server), 0U);
}

}  // namespace
}  // namespace turnpike::path
