// Connections over TLS that ask for the name of another server, and those that do not.
#include <atomic>
#include <thread>

#include "stream_fixture.hpp"
#include "turnpike/net/proxy_protocol.hpp"
#include "unit/net/hello_helpers.hpp"

namespace turnpike::path {
namespace {

const Endpoint kWeb = loopback(8443);

config::TlsConfig web(const char* name = "www.example.org") {
  config::TlsConfig config;
  config.passthrough = {{name, kWeb}};
  return config;
}

class StreamPathNames : public StreamPathTest {
 protected:
  explicit StreamPathNames(std::vector<IpPrefix> balancers = {}, const StreamPath::Options& options = {})
      : StreamPathTest(std::move(balancers), options) {
    use(web());
  }
  void use(const config::TlsConfig& config) { path_.pass_through(std::make_shared<Passthrough>(config)); }

  // A client of this name has its handshake here.
  bool is_served(const char* name) {
    std::atomic<int> connected = 0;
    std::thread client([&] {
      try {
        const TlsWire wire(tls_, name);
        connected = 1;
      } catch (const std::exception&) {
        connected = -1;
      }
    });
    becomes_true(
        [&] {
          run(kStart);
          if (auto passing = path_.next_passing()) passed_.push_back(std::move(*passing));
          if (!passed_.empty()) passed_.back().stream = net::ByteStream(net::FileDescriptor());
          return connected != 0;
        },
        kPatience);
    client.join();
    return connected == 1;
  }

  std::vector<Passing> passed_;
};

const std::string kHello = net::hello_of_chromium();

TEST_F(StreamPathNames, that_of_another_server_takes_the_connection_out_however_it_arrives) {
  for (const std::size_t piece : {1, 100, 4096}) {
    TcpWire wire(tls_);
    run(kStart);
    for (std::size_t at = 0; at < kHello.size(); at += piece) {
      EXPECT_FALSE(path_.next_passing()) << at;
      wire.send(as_bytes(kHello).subspan(at, std::min(piece, kHello.size() - at)));
      while (run_once(kStart, milliseconds(1))) {
      }
    }
    auto passing = path_.next_passing();
    ASSERT_TRUE(passing);
    EXPECT_EQ(as_text(passing->begin), kHello);
    EXPECT_EQ(passing->server, kWeb);
    EXPECT_EQ(passing->ends.client.plain(), wire.local());
    EXPECT_FALSE(passing->stream.is_tls());
    EXPECT_EQ(path_.size(), 0U);
    EXPECT_EQ(path_.next_deadline(), std::nullopt);
    EXPECT_EQ(limiter_.counts().strangers, 1U) << "its place is still taken";
    admission_.leave(passing->ends, true);
  }
  EXPECT_TRUE(gone_.empty());
  EXPECT_EQ(path_.counters().handshakes_failed.sum(), 0U);
}

TEST_F(StreamPathNames, that_of_another_server_is_behind_a_proxy_header_where_that_is_wanted) {
  auto config = web();
  config.passthrough_proxy_protocol = true;
  use(config);
  TcpWire wire(tls_);
  send(wire, kHello + "and more", kStart);
  const auto passing = path_.next_passing();
  ASSERT_TRUE(passing);
  const net::ProxiedEnds ends{ClientEndpoint(wire.local()), ServerEndpoint(tls_)};
  const auto header = net::make_proxy_header({ends});
  EXPECT_EQ(as_text(passing->begin), std::string(as_text(header)) + kHello + "and more");
}

TEST_F(StreamPathNames, who_asks_for_another_name_or_none_is_served_here) {
  for (const char* name : {"turn.example.org", "127.0.0.1", static_cast<const char*>(nullptr)})
    EXPECT_TRUE(is_served(name)) << (name == nullptr ? "none" : name);
  EXPECT_TRUE(passed_.empty());
  EXPECT_FALSE(is_served("WWW.example.org"));
  EXPECT_EQ(passed_.size(), 1U);
}

TEST_F(StreamPathNames, a_reload_decides_about_those_whose_names_are_not_settled) {
  TcpWire before(tls_);
  send(before, kHello.substr(0, 100), kStart);
  use(web("other.example.org"));
  send(before, kHello.substr(100), kStart);
  EXPECT_FALSE(path_.next_passing());
  EXPECT_FALSE(before.receive(kPatience).empty()) << "TLS has begun here";
  EXPECT_TRUE(is_served("www.example.org"));
  path_.pass_through(nullptr);
  EXPECT_TRUE(is_served("other.example.org"));
  EXPECT_TRUE(passed_.empty());
}

TEST_F(StreamPathNames, what_is_no_tls_is_answered_as_ever) {
  TcpWire wire(tls_);
  send(wire, "GET / HTTP/1.1\r\n\r\n", kStart);
  EXPECT_TRUE(wire.receive(kPatience).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(path_.counters().handshakes_failed.of(net::HandshakeFailure::not_tls), 1U);
  EXPECT_EQ(path_.size(), 0U);
}

TEST_F(StreamPathNames, are_no_business_of_plain_tcp) {
  TcpWire wire(tcp_);
  send(wire, kHello, kStart);
  EXPECT_FALSE(path_.next_passing());
  EXPECT_TRUE(is_closed(wire));
}

TEST_F(StreamPathNames, a_slow_client_has_the_time_of_a_handshake) {
  TcpWire slow(tls_);
  for (int i = 0; i < 10; ++i) {
    send(slow, kHello.substr(static_cast<std::size_t>(i), 1), kStart + seconds(i));
    EXPECT_EQ(left_at(kStart + seconds(i)), 1U);
  }
  EXPECT_FALSE(path_.has_waiting());
  EXPECT_EQ(left_at(kStart + seconds(10)), 0U);
  EXPECT_TRUE(is_closed(slow));
  EXPECT_EQ(path_.counters().handshakes_failed.of(net::HandshakeFailure::timed_out), 1U);
}

TEST_F(StreamPathNames, a_client_that_leaves_before_its_name_is_known_has_left_its_handshake) {
  const struct {
    std::string text;
    net::HandshakeFailure cause;
  } table[] = {{"", net::HandshakeFailure::nothing_sent},
               {kHello.substr(0, 100), net::HandshakeFailure::ended}};
  for (const auto& [text, cause] : table) {
    TcpWire wire(tls_);
    if (!text.empty()) send(wire, text, kStart);
    wire.close();
    run(kStart);
    EXPECT_EQ(path_.counters().handshakes_failed.of(cause), 1U);
    EXPECT_EQ(path_.size(), 0U);
  }
}

class CrowdedStreamPathNames : public StreamPathNames {
 protected:
  CrowdedStreamPathNames() : StreamPathNames({}, {.arrivals_max = 1}) {}
};

TEST_F(CrowdedStreamPathNames, one_whose_name_is_not_settled_makes_room) {
  TcpWire first(tls_);
  send(first, kHello.substr(0, 100), kStart);
  TcpWire second(tls_);
  send(second, kHello, kStart);
  EXPECT_TRUE(is_closed(first));
  EXPECT_EQ(path_.counters().handshakes_failed.of(net::HandshakeFailure::made_room), 1U);
  EXPECT_TRUE(path_.next_passing());
}

class BalancedStreamPathNames : public StreamPathNames {
 protected:
  BalancedStreamPathNames() : StreamPathNames({*IpPrefix::parse("127.0.0.0/8")}) {}
};

TEST_F(BalancedStreamPathNames, the_header_of_a_balancer_goes_before_and_says_who_asks) {
  TcpWire wire(tls_);
  send(wire, "PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n" + kHello.substr(0, 1), kStart);
  send(wire, kHello.substr(1), kStart);
  const auto passing = path_.next_passing();
  ASSERT_TRUE(passing);
  EXPECT_EQ(as_text(passing->begin), kHello);
  EXPECT_EQ(passing->ends.client.to_string(), "192.0.2.1:56324");
}

}  // namespace
}  // namespace turnpike::path
