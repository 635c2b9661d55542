// WebSockets and the bytes in them.
#include "turnpike/http/tunnel.hpp"

#include <sys/socket.h>

#include "proxy_harness.hpp"

namespace turnpike::http {
namespace {

using Strings = std::vector<std::string>;
using std::chrono::milliseconds;

const std::string kAsk = get("/rtc", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n");
const std::string kAskPassed =
    passed_on("GET /rtc", "Sec-WebSocket-Key: k\r\n", "Connection: Upgrade\r\nUpgrade: websocket\r\n");
constexpr const char* kSwitch =
    "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s\r\nConnection: Upgrade\r\nUpgrade: "
    "websocket\r\n\r\n";

TEST(Tunnel, bytes_behind_the_heads_go_first) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(kAsk + "early");
  const auto upstream = harness.upstream.accept();
  EXPECT_EQ(upstream->received(), kAskPassed) << "nothing before the upstream agrees";
  upstream->send(std::string(kSwitch) + "first");
  EXPECT_EQ(client.received(), std::string(kSwitch) + "first");
  EXPECT_EQ(upstream->received(), "early");
  const std::string binary("\0\r\n\r\nGET / HTTP/1.1\n\xFF", 22);
  client.send(binary);
  EXPECT_EQ(upstream->received(), binary);
  upstream->send(binary);
  EXPECT_EQ(client.received(), binary);
}

TEST(Tunnel, whoever_wants_to_know_is_told_of_web_sockets_and_their_answers) {
  using Told = std::vector<std::pair<std::string, unsigned>>;
  const std::string upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(get("/rtc?a=b&c", upgrade));
  const auto upstream = harness.upstream.accept();
  EXPECT_EQ(upstream->received(), passed_on("GET /rtc?a=b&c", "", upgrade));
  EXPECT_EQ(harness.passed, (Told{{"a=b&c", 0}}));
  upstream->send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(statuses(client.received()), Strings{"401 Unauthorized"});
  EXPECT_EQ(harness.passed, (Told{{"a=b&c", 0}, {"a=b&c", 401}}));
  client.send(get("/rtc?a=b") + get("/rtc", upgrade));
  upstream->received();
  upstream->send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  client.received();
  EXPECT_EQ(harness.passed.size(), 2U) << "neither what is none nor what asks nothing";
  RawClient other = harness.connect();
  other.send(get("/rtc?d", upgrade));
  harness.upstream.accept()->send(kSwitch);
  other.received();
  EXPECT_EQ(harness.passed.back(), (std::pair<std::string, unsigned>{"d", 101}));
}

TEST(Tunnel, each_end_may_say_that_nothing_follows) {
  for (const bool by_client : {true, false}) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(kAsk);
    const auto upstream = harness.upstream.accept();
    upstream->send(kSwitch);
    EXPECT_EQ(client.received(), kSwitch);
    RawClient& one = by_client ? client : *upstream;
    RawClient& other = by_client ? *upstream : client;
    EXPECT_EQ(upstream->received(), kAskPassed);
    one.send("last");
    one.half_close();
    EXPECT_EQ(other.received_until_closed(), "last");
    other.send("and the answer");
    EXPECT_EQ(one.received(), "and the answer");
    EXPECT_EQ(harness.server.connections(), 1U);
    other.half_close();
    EXPECT_EQ(one.received_until_closed(), "");
    harness.settle();
    EXPECT_EQ(harness.server.connections(), 0U);
  }
}

TEST(Tunnel, an_end_that_vanishes_takes_the_other_with_it) {
  for (const bool by_client : {true, false}) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(kAsk);
    const auto upstream = harness.upstream.accept();
    upstream->send(kSwitch);
    EXPECT_EQ(client.received(), kSwitch);
    upstream->received();
    (by_client ? client : *upstream).vanish();
    (by_client ? *upstream : client).received_until_closed();
    harness.settle();
    EXPECT_EQ(harness.server.connections(), 0U);
  }
}

// An end that does not read has the other wait; pass_bytes() reads only what it has room for.
TEST(Tunnel, nothing_is_read_that_the_other_end_does_not_take) {
  boost::asio::io_context context;
  Socket a(context), from_a(context), from_b(context), b(context);
  for (const auto& [inner, outer] : {std::pair(&from_a, &a), std::pair(&from_b, &b)}) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    inner->assign({AF_UNIX, 0}, ends[0]);
    outer->assign({AF_UNIX, 0}, ends[1]);
    for (Socket* each : {inner, outer}) each->non_blocking(true);
  }
  Block of_a, of_b;
  Watch watch(context.get_executor(), [] {});
  boost::asio::co_spawn(context, join(from_a, of_a, from_b, of_b, watch, std::chrono::hours(1)),
                        boost::asio::detached);
  const std::string piece(100'000, 'x');
  std::size_t put = 0;
  boost::system::error_code error;
  while (!error && put < 10'000'000) {
    put += a.write_some(boost::asio::buffer(piece), error);
    context.restart();
    context.poll();
  }
  EXPECT_EQ(error, boost::asio::error::would_block);
  EXPECT_LT(put, 2'000'000U);
  std::string taken(piece.size(), ' ');
  std::size_t got = 0;
  for (error = {}; !error;) {
    got += b.read_some(boost::asio::buffer(taken), error);
    context.restart();
    context.poll();
  }
  EXPECT_EQ(got, put) << "and goes on where it does";
}

TEST(Tunnel, has_no_time_limit_and_makes_no_room) {
  ProxyHarness harness({.head_max = milliseconds(20), .stall_max = milliseconds(20)},
                       {.connections_max = 1,
                        .idle_max = milliseconds(20),
                        .request_max = milliseconds(20),
                        .write_max = milliseconds(20)});
  RawClient client = harness.connect();
  client.send(kAsk);
  const auto upstream = harness.upstream.accept();
  upstream->send(kSwitch);
  EXPECT_EQ(client.received(), kSwitch);
  const auto until = std::chrono::steady_clock::now() + milliseconds(150);
  while (std::chrono::steady_clock::now() < until) {
    harness.context.restart();
    harness.context.run_one_for(milliseconds(10));
  }
  RawClient other = harness.connect();
  EXPECT_EQ(other.received_until_closed(), "");
  upstream->send("still there");
  EXPECT_EQ(client.received(), "still there");
}

TEST(Tunnel, the_last_words_of_both_ends_arrive) {
  for (const bool by_client : {true, false}) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(kAsk);
    const auto upstream = harness.upstream.accept();
    upstream->send(kSwitch);
    EXPECT_EQ(client.received(), kSwitch);
    EXPECT_EQ(upstream->received(), kAskPassed);
    RawClient& one = by_client ? client : *upstream;
    RawClient& other = by_client ? *upstream : client;
    one.half_close();
    other.send_and_half_close("last words");
    EXPECT_EQ(one.received_until_closed(), "last words");
    other.received_until_closed();
    harness.settle();
    EXPECT_EQ(harness.server.connections(), 0U);
  }
}

// An end that has nobody behind it any more says the same as one that goes on reading.
TEST(Tunnel, one_end_alone_has_time_for_what_it_still_says) {
  for (const bool by_client : {true, false}) {
    ProxyHarness harness({.stall_max = milliseconds(100)});
    RawClient client = harness.connect();
    client.send(kAsk);
    const auto upstream = harness.upstream.accept();
    upstream->send(kSwitch);
    EXPECT_EQ(client.received(), kSwitch);
    EXPECT_EQ(upstream->received(), kAskPassed);
    RawClient& one = by_client ? client : *upstream;
    RawClient& other = by_client ? *upstream : client;
    one.half_close();
    std::string said;
    for (const auto until = std::chrono::steady_clock::now() + milliseconds(300);
         std::chrono::steady_clock::now() < until; harness.context.run_one_for(milliseconds(10))) {
      other.send("x");
      said += one.received();
      harness.context.restart();
    }
    EXPECT_FALSE(one.is_closed());
    EXPECT_GT(said.size(), 1U);
    one.received_until_closed();
    other.received_until_closed();
    harness.settle();
    EXPECT_EQ(harness.server.connections(), 0U);
  }
}

TEST(Tunnel, is_only_made_to_what_was_asked_for) {
  const std::string plain = get("/");
  const struct {
    const char* name;
    std::string request;
    std::string response;
  } cases[] = {
      {"to something else", kAsk, "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"},
      {"to nothing", kAsk, "HTTP/1.1 101 X\r\nConnection: Upgrade\r\n\r\n"},
      {"not asked for", plain, kSwitch},
      {"h2c asked for",
       get("/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\n"),
       "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"},
  };
  for (const auto& c : cases) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(c.request);
    const auto upstream = harness.upstream.accept();
    upstream->send(c.response);
    EXPECT_EQ(statuses(client.received_up_to("\n")), Strings{"502 Bad Gateway"}) << c.name;
    EXPECT_EQ(harness.health().failures.of(UpstreamFailure::bad_upgrade), 1U) << c.name;
    upstream->received_until_closed();
  }
}

TEST(Tunnel, is_none_where_the_upstream_answers_otherwise) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(kAsk + get("/next"));
  const auto upstream = harness.upstream.accept();
  EXPECT_EQ(upstream->received(), kAskPassed);
  upstream->send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.received(),
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(upstream->received(), passed_on("GET /next")) << "as a request of its own";
}

}  // namespace
}  // namespace turnpike::http
