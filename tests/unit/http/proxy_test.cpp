// Requests that are passed on, upstreams that fail, and connections that are used again.
#include "turnpike/http/proxy.hpp"

#include <sys/socket.h>

#include "proxy_harness.hpp"
#include "turnpike/net/proxy_protocol.hpp"

namespace turnpike::http {
namespace {

using Strings = std::vector<std::string>;
using std::chrono::milliseconds;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const std::string kOkPassed = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok";

TEST(Proxy, passes_on_what_no_route_serves) {
  const Handler own = [](const Request&) { return Response{.body = "own"}; };
  ProxyHarness harness({}, {}, {{.method = "GET", .path = "/own", .handler = own}});
  RawClient client = harness.connect();
  client.send(get("/a?b"));
  const auto upstream = harness.upstream.accept();
  EXPECT_EQ(upstream->received(), passed_on("GET /a?b"));
  upstream->send("HTTP/1.1 200 Fine\r\nServer: s\r\nContent-Length: 3\r\nKeep-Alive: 5\r\n\r\nabc");
  EXPECT_EQ(client.received(),
            "HTTP/1.1 200 Fine\r\nServer: s\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nabc");
  client.send(get("/own"));
  EXPECT_EQ(body(client.received()), "own");
  client.send("POST /own HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(statuses(client.received()), Strings{"405 Method Not Allowed"}) << "a path of its own";
  client.send("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(statuses(client.received()), Strings{"404 Not Found"});
  EXPECT_EQ(upstream->received(), "");
  EXPECT_FALSE(harness.upstream.is_asked());
}

TEST(Proxy, without_an_upstream_for_it_a_request_is_answered_here) {
  ProxyHarness harness;
  harness.server.replace({}, {},
                         std::make_shared<const Upstreams>(std::vector<UpstreamRule>{
                             {.host = "b", .prefix = "/x", .server = harness.upstream.endpoint()}}));
  RawClient client = harness.connect();
  client.send(get("/x") + "GET /y HTTP/1.1\r\nHost: b\r\n\r\n");
  EXPECT_EQ(statuses(client.received()), (Strings{"404 Not Found", "404 Not Found"}));
  client.send("GET http://b/x HTTP/1.1\r\nHost: b:80\r\n\r\n");
  EXPECT_EQ(statuses(client.received()), Strings{"400 Bad Request"}) << "two names for one host";
  EXPECT_FALSE(harness.upstream.is_asked());
  RawClient other = harness.connect();
  other.send("GET http://B:80/x HTTP/1.1\r\nHost: b:80\r\n\r\n");
  EXPECT_TRUE(harness.upstream.is_asked());
}

TEST(Proxy, says_who_the_client_is_by_a_proxy_header_too) {
  ProxyHarness harness({.proxy_protocol = true}, {.proxies = loopback_proxies});
  RawClient client = harness.connect();
  const auto ask = [&](const std::string& whose) {
    client.send(get("/", "X-Forwarded-For: " + whose + "\r\n"));
  };
  const auto header = [&](const char* whose) {
    const net::ProxiedEnds ends{ClientEndpoint(*IpAddress::parse(whose), 0),
                                ServerEndpoint(harness.upstream.endpoint())};
    return std::string(as_text(net::make_proxy_header({ends})));
  };
  ask("198.18.0.9");
  const auto first = harness.upstream.accept();
  const std::string received = first->received();
  const std::string expected = header("198.18.0.9");
  EXPECT_TRUE(received.starts_with(expected + "GET / HTTP/1.1\r\n")) << received;
  EXPECT_EQ(field(received.substr(expected.size()), "X-Forwarded-For"), "198.18.0.9, 127.0.0.1");
  first->send(kOk);
  ask("198.18.0.9");
  EXPECT_TRUE(first->received().starts_with("GET / ")) << "the same client's";
  first->send(kOk);
  ask("2001:db8::9");
  const auto second = harness.upstream.accept();
  EXPECT_TRUE(second->received().starts_with(header("2001:db8::9") + "GET / HTTP/1.1\r\n"));
}

TEST(Proxy, says_from_which_port_a_client_comes_that_no_proxy_passes_on) {
  ProxyHarness harness({.proxy_protocol = true});
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Endpoint who = *Endpoint::parse("192.0.2.7:51234");
  ASSERT_TRUE(harness.server.adopt(net::FileDescriptor(ends[0]), {.client = who, .by_tls = true}));
  RawClient client(harness.context,
                   boost::asio::generic::stream_protocol::socket(harness.context, {AF_UNIX, 0}, ends[1]));
  client.send(get("/"));
  const net::ProxiedEnds proxied{ClientEndpoint(who), ServerEndpoint(harness.upstream.endpoint())};
  const std::string expected(as_text(net::make_proxy_header({proxied})));
  EXPECT_TRUE(harness.upstream.accept()->received().starts_with(expected + "GET / HTTP/1.1\r\n"));
}

TEST(Proxy, uses_a_connection_again) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(get("/1") + get("/2"));
  const auto upstream = harness.upstream.accept();
  EXPECT_EQ(upstream->received(), passed_on("GET /1"));
  upstream->send(kOk);
  EXPECT_EQ(upstream->received(), passed_on("GET /2"));
  upstream->send(kOk);
  EXPECT_EQ(client.received(), kOkPassed + kOkPassed);
  EXPECT_FALSE(harness.upstream.is_asked());
  client.half_close();
  EXPECT_EQ(upstream->received_until_closed(), "") << "it is of one client only";
}

TEST(Proxy, connects_anew_where_the_upstream_has_closed_or_said_too_much) {
  const struct {
    const char* name;
    const char* response;
    bool closes;
  } cases[] = {
      {"said so", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", false},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", false},
      {"closed meanwhile", kOk, true},
      {"bytes that nobody asked for", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200", false}};
  for (const auto& c : cases) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(get("/1"));
    auto upstream = harness.upstream.accept();
    upstream->send(c.response);
    EXPECT_EQ(client.received(), kOkPassed) << c.name;
    if (c.closes) upstream.reset();
    client.send("POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    const auto second = harness.upstream.accept();
    ASSERT_TRUE(second) << c.name;
    EXPECT_EQ(second->received(), passed_on("POST /2", "Content-Length: 1\r\n") + "x") << c.name;
    second->send(kOk);
    EXPECT_EQ(client.received(), kOkPassed) << c.name;
  }
}

// A kept connection is closed when the request is under way already.
TEST(Proxy, asks_again_only_what_may_be_asked_twice) {
  const struct {
    std::string request;
    const char* part;  // of a response, before the end
    bool is_asked_again;
  } cases[] = {{get("/2"), "", true},
               {"DELETE /2 HTTP/1.1\r\nHost: a\r\n\r\n", "", true},
               {"POST /2 HTTP/1.1\r\nHost: a\r\n\r\n", "", false},
               {"PUT /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "", false},
               {get("/2"), "H", false}};
  for (const auto& c : cases) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(get("/1"));
    auto upstream = harness.upstream.accept();
    upstream->send(kOk);
    EXPECT_EQ(client.received(), kOkPassed);
    client.send(c.request);
    EXPECT_NE(upstream->received(), "");
    upstream->send(c.part);
    upstream.reset();
    if (c.is_asked_again) {
      const auto second = harness.upstream.accept();
      ASSERT_TRUE(second);
      second->send(kOk);
      EXPECT_EQ(client.received(), kOkPassed);
      EXPECT_EQ(harness.health().failures.sum(), 0U);
    } else {
      EXPECT_EQ(statuses(client.received_up_to("\n")), Strings{"502 Bad Gateway"});
      EXPECT_FALSE(harness.upstream.is_asked());
      EXPECT_EQ(harness.health().failures.of(UpstreamFailure::closed), 1U);
    }
  }
}

TEST(Proxy, one_that_is_new_and_closed_is_not_tried_again) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(get("/"));
  harness.upstream.accept().reset();
  EXPECT_EQ(statuses(client.received_up_to("\n")), Strings{"502 Bad Gateway"});
  EXPECT_FALSE(harness.upstream.is_asked());
}

TEST(Proxy, a_page_says_that_the_upstream_fails_and_the_log_says_it_once) {
  ProxyHarness harness;
  const std::string where = harness.upstream.endpoint().to_string();
  RawClient client = harness.connect();
  harness.upstream.stop_listening();
  for (int i = 0; i < 2; ++i) {
    client.send(get("/"));
    const std::string page = client.received_up_to("\n");
    EXPECT_EQ(statuses(page), Strings{"502 Bad Gateway"});
    EXPECT_EQ(field(page, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(field(page, "Retry-After"), "5");
    EXPECT_EQ(field(page, "Connection"), "keep-alive");
    EXPECT_NE(body(page).find("<h1>Bad Gateway</h1>"), std::string::npos);
  }
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(body(client.received_up_to("\r\n\r\n")), "");
  EXPECT_EQ(harness.health().failures.of(UpstreamFailure::refused), 3U);
  EXPECT_EQ(harness.health().last_error, "Connection refused");
  EXPECT_EQ(harness.faults,
            (std::vector<std::pair<std::string, std::string>>{{where, "refused: Connection refused"}}));
}

TEST(Proxy, responses_that_are_none_are_a_502) {
  const struct {
    const char* name;
    std::string response;
    UpstreamFailure failure;
  } cases[] = {
      {"no HTTP", "hello\r\n\r\n", UpstreamFailure::bad_response},
      {"LF alone", "HTTP/1.1 200 OK\n\n", UpstreamFailure::bad_response},
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
       UpstreamFailure::bad_response},
      {"an endless head", "HTTP/1.1 200 OK\r\nX: " + std::string(65536, 'x'), UpstreamFailure::bad_response},
      {"an upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
       UpstreamFailure::bad_upgrade},
  };
  for (const auto& c : cases) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(get("/"));
    const auto upstream = harness.upstream.accept();
    upstream->send(c.response);
    EXPECT_EQ(statuses(client.received_up_to("\n")), Strings{"502 Bad Gateway"}) << c.name;
    EXPECT_EQ(harness.health().failures.of(c.failure), 1U) << c.name;
    EXPECT_EQ(harness.health().failures.sum(), 1U) << c.name;
    upstream->received_until_closed();
  }
}

TEST(Proxy, a_head_of_64_kib_is_passed_on) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(get("/"));
  const auto upstream = harness.upstream.accept();
  const std::string start = "HTTP/1.1 204 OK\r\nX: ";
  const std::string large = start + std::string(65536 - start.size() - 4, 'x') + "\r\n";
  upstream->send(large + "\r\n");
  EXPECT_EQ(client.received_up_to("\r\n\r\n"), large + "Connection: keep-alive\r\n\r\n");
}

TEST(Proxy, an_upstream_that_does_not_answer_is_a_504) {
  ProxyHarness harness({.head_max = milliseconds(20)});
  RawClient client = harness.connect();
  client.send(get("/"));
  const auto upstream = harness.upstream.accept();
  upstream->send("HTTP/1.1 200 O");
  const std::string page = client.received_up_to("\n");
  EXPECT_EQ(statuses(page), Strings{"504 Gateway Timeout"});
  EXPECT_EQ(field(page, "Retry-After"), "5");
  EXPECT_EQ(harness.health().failures.of(UpstreamFailure::head_timed_out), 1U);
  upstream->received_until_closed();
}

// Its queue of connections is full, so that SYNs are dropped.
TEST(Proxy, an_upstream_that_does_not_take_the_connection_is_a_504) {
  boost::asio::io_context elsewhere;
  boost::asio::ip::tcp::acceptor full(elsewhere);
  full.open(boost::asio::ip::tcp::v4());
  full.bind({boost::asio::ip::address_v4::loopback(), 0});
  full.listen(0);
  std::vector<boost::asio::ip::tcp::socket> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(elsewhere).open(boost::asio::ip::tcp::v4());
    waiting.back().native_non_blocking(true);
    const auto address = full.local_endpoint();
    ::connect(waiting.back().native_handle(), address.data(), static_cast<socklen_t>(address.size()));
  }
  ProxyHarness harness;
  const auto upstreams = std::make_shared<const Upstreams>(
      std::vector<UpstreamRule>{{.server = {IpAddress::v4(127, 0, 0, 1), full.local_endpoint().port()},
                                 .options = {.connect_max = milliseconds(20)}}});
  harness.server.replace({}, {}, upstreams);
  RawClient client = harness.connect();
  client.send(get("/"));
  EXPECT_EQ(statuses(client.received_up_to("\n")), Strings{"504 Gateway Timeout"});
  EXPECT_EQ(upstreams->all()[0].health->failures.of(UpstreamFailure::connect_timed_out), 1U);
}

TEST(Proxy, the_log_hears_of_a_failure_again_after_an_answer) {
  ProxyHarness harness;
  const auto ask = [&](std::string_view response) {
    RawClient client = harness.connect();
    client.send(get("/"));
    harness.upstream.accept()->send(response);
    client.received_up_to("\n");
  };
  for (const char* response : {"x\n", "y\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\n", "z\n"})
    ask(response);
  EXPECT_EQ(harness.faults.size(), 2U);
  EXPECT_EQ(harness.health().answers, 1U);
  EXPECT_EQ(harness.health().failures.of(UpstreamFailure::bad_response), 3U);
  EXPECT_TRUE(harness.health().is_failing);
}

TEST(Proxy, a_request_that_is_passed_on_makes_no_room_for_others) {
  ProxyHarness harness({}, {.connections_max = 1});
  RawClient client = harness.connect();
  client.send(get("/"));
  const auto upstream = harness.upstream.accept();
  EXPECT_NE(upstream->received(), "");
  RawClient other = harness.connect();
  EXPECT_EQ(other.received_until_closed(), "");
  upstream->send(kOk);
  EXPECT_EQ(client.received(), kOkPassed);
  RawClient third = harness.connect();
  EXPECT_EQ(client.received_until_closed(), "");
  EXPECT_EQ(upstream->received_until_closed(), "") << "with its client";
}

TEST(Proxy, a_client_that_has_gone_takes_its_request_with_it) {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
  const struct {
    const char* name;
    std::string request;
    const char* answer;
  } cases[] = {{"no answer", get("/"), ""},
               {"with requests behind it", get("/") + get("/2"), ""},
               {"a body that was read", post, ""},
               {"the head of an answer", get("/"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"},
               {"an answer without a length", get("/"), "HTTP/1.1 200 OK\r\n\r\n"}};
  for (const auto& c : cases) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(c.request);
    const auto upstream = harness.upstream.accept();
    EXPECT_NE(upstream->received(), "") << c.name;
    upstream->send(c.answer);
    client.received();
    client.vanish();
    upstream->received_until_closed();
    harness.settle();
    EXPECT_EQ(harness.server.connections(), 0U) << c.name;
    EXPECT_EQ(harness.health().failures.sum(), 0U) << c.name;
    EXPECT_FALSE(harness.upstream.is_asked()) << c.name;
  }
}

TEST(Proxy, a_client_that_says_no_more_still_gets_its_answer) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(get("/"));
  const auto upstream = harness.upstream.accept();
  EXPECT_NE(upstream->received(), "");
  client.half_close();
  upstream->send(kOk);
  EXPECT_EQ(client.received_until_closed(), kOkPassed);
}

TEST(Proxy, the_end_of_the_server_is_the_end_of_what_it_passes_on) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(get("/"));
  const auto upstream = harness.upstream.accept();
  EXPECT_NE(upstream->received(), "");
  harness.server.stop();
  EXPECT_EQ(client.received_until_closed(), "");
  EXPECT_EQ(upstream->received_until_closed(), "");
  EXPECT_EQ(harness.server.connections(), 0U);
  EXPECT_TRUE(harness.faults.empty());
  EXPECT_EQ(harness.health().failures.sum(), 0U);
}

}  // namespace
}  // namespace turnpike::http
