// Bodies that are passed on both ways, and those that come no further.
#include <sys/socket.h>

#include <chrono>

#include "proxy_harness.hpp"
#include "turnpike/http/proxy.hpp"

namespace turnpike::http {
namespace {

using Strings = std::vector<std::string>;
using std::chrono::milliseconds;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const std::string kOkPassed = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok";
const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";
const std::string kChunkedPassed = passed_on("POST /", "", "Transfer-Encoding: chunked\r\n");

struct ResponseCase {
  const char* name;
  std::string request;
  std::string response;
  bool ends;  // the upstream closes behind it
  std::string expected;
  bool stays;  // the client's connection
};
const std::string kChunkedAnswer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
const ResponseCase kResponses[] = {
    {"a length", get("/"), kOk, false, kOkPassed, true},
    {"no body", get("/"), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true},
    {"chunks", get("/"), kChunkedAnswer + "\r\n3;x=y\r\nabc\r\nb\r\n0123456789a\r\n0\r\nX: y\r\n\r\n", false,
     kChunkedAnswer + "Connection: keep-alive\r\n\r\ne\r\nabc0123456789a\r\n0\r\n\r\n", true},
    {"until the end", get("/"), "HTTP/1.1 200 OK\r\n\r\nabc", true,
     kChunkedAnswer + "Connection: keep-alive\r\n\r\n3\r\nabc\r\n0\r\n\r\n", true},
    {"chunks to HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
     kChunkedAnswer + "\r\n3\r\nabc\r\n0\r\n\r\n", false, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc",
     false},
    {"until the end to HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\nabc", true,
     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", false},
    {"a length to HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", kOk, false,
     kOkPassed, true},
    {"to HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", true},
    {"204", get("/"), "HTTP/1.1 204 No Content\r\n\r\n", false,
     "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n", true},
    {"304", get("/"), "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", false,
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", true},
    {"hints first", get("/"), std::string("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") + kOk, false,
     "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + kOkPassed, true},
    {"hints to HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
     std::string("HTTP/1.1 103 Early Hints\r\n\r\n") + kOk, false, kOkPassed, true},
    {"100 that nobody asked for", get("/"), std::string("HTTP/1.1 100 Continue\r\n\r\n") + kOk, false,
     kOkPassed, true},
    {"the last request", get("/", "Connection: close\r\n"), kOk, false,
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", false},
    {"cut short", get("/"), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", true,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nabc", false},
    {"chunks cut short", get("/"), kChunkedAnswer + "\r\n5\r\nabc", true,
     kChunkedAnswer + "Connection: keep-alive\r\n\r\n3\r\nabc\r\n", false},
    {"no last chunk", get("/"), kChunkedAnswer + "\r\n3\r\nabc\r\n", true,
     kChunkedAnswer + "Connection: keep-alive\r\n\r\n3\r\nabc\r\n", false},
    {"malformed chunks", get("/"), kChunkedAnswer + "\r\n3\nabc\r\n", false, "", false},
};

TEST(ProxyExchange, responses_reach_the_client_whole_or_it_notices) {
  for (const ResponseCase& c : kResponses) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(c.request);
    auto upstream = harness.upstream.accept();
    upstream->received();
    upstream->send(c.response);
    if (c.ends) upstream.reset();
    if (c.stays) {
      EXPECT_EQ(client.received_up_to(c.expected), c.expected) << c.name;
      EXPECT_FALSE(client.is_closed()) << c.name;
      client.send(c.request);
      if (!upstream || upstream->received().empty()) upstream = harness.upstream.accept();
      ASSERT_TRUE(upstream) << c.name;
      upstream->send(kOk);
      EXPECT_NE(client.received(), "") << c.name;
    } else {
      EXPECT_EQ(client.received_until_closed(), c.expected) << c.name;
    }
  }
}

// What is in the middle of a body: as a length, in chunks and without either.
TEST(ProxyExchange, a_response_that_breaks_off_is_a_failure) {
  const struct {
    const char* request;
    std::string head;
    bool is_reset = false;  // nothing else tells the client
  } cases[] = {{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
               {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", kChunkedAnswer + "\r\n5\r\n"},
               {"GET / HTTP/1.0\r\nHost: a\r\n\r\n", kChunkedAnswer + "\r\n5\r\n", true}};
  for (const auto& c : cases) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(c.request);
    auto upstream = harness.upstream.accept();
    upstream->send(c.head + "abc");
    EXPECT_NE(client.received(), "");
    upstream.reset();
    client.received_until_closed();
    EXPECT_EQ(client.is_reset(), c.is_reset) << c.request;
    EXPECT_EQ(harness.health().failures.of(UpstreamFailure::broke_off), 1U);
    EXPECT_EQ(harness.health().answers, 1U);
    EXPECT_EQ(harness.faults.size(), 1U);
  }
}

struct RequestCase {
  const char* name;
  Strings sent;
  Strings received;
};
const RequestCase kRequests[] = {
    {"a length",
     {kPost + "Content-Length: 3\r\n\r\nabc"},
     {passed_on("POST /", "Content-Length: 3\r\n") + "abc"}},
    {"a length in pieces",
     {kPost + "Content-Length: 3\r\n\r\n", "a", "bc"},
     {passed_on("POST /", "Content-Length: 3\r\n"), "a", "bc"}},
    {"chunks",
     {kChunked + "3;x\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n"},
     {kChunkedPassed + "5\r\nabcde\r\n0\r\n\r\n"}},
    {"chunks in pieces",
     {kChunked, "3\r\na", "bc\r", "\n0\r\n\r", "\n"},
     {kChunkedPassed, "1\r\na\r\n", "2\r\nbc\r\n", "", "0\r\n\r\n"}},
    {"a length of 0", {kPost + "Content-Length: 0\r\n\r\n"}, {passed_on("POST /", "Content-Length: 0\r\n")}},
    {"no chunks at all", {kChunked + "0\r\n\r\n"}, {kChunkedPassed + "0\r\n\r\n"}},
};

TEST(ProxyExchange, requests_reach_the_upstream_as_they_come_and_nothing_behind_them) {
  for (const RequestCase& c : kRequests) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    std::unique_ptr<RawClient> upstream;
    for (std::size_t i = 0; i < c.sent.size(); ++i) {
      const bool is_last = i + 1 == c.sent.size();
      client.send(c.sent[i] + (is_last ? get("/next") : ""));
      if (!upstream) upstream = harness.upstream.accept();
      EXPECT_EQ(upstream->received(), c.received[i]) << c.name;
    }
    upstream->send(kOk);
    EXPECT_EQ(upstream->received(), passed_on("GET /next")) << c.name;
    upstream->send(kOk);
    EXPECT_EQ(client.received(), kOkPassed + kOkPassed) << c.name;
  }
}

TEST(ProxyExchange, large_bodies_pass_both_ways) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  std::string text(1'000'000, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  client.send(kPost + "Content-Length: 1000000\r\n\r\n" + text.substr(0, 10));
  const auto upstream = harness.upstream.accept();
  std::string received = upstream->received();
  for (std::size_t at = 10; at < text.size(); at += 50'000) {
    client.send(text.substr(at, 50'000));
    received += upstream->received();
  }
  if (body(received).size() < text.size())
    received += upstream->received_up_to(text.substr(text.size() - 30));
  EXPECT_TRUE(body(received) == text);
  upstream->send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
  std::string answer;
  for (std::size_t at = 0; at < text.size(); at += 50'000) {
    upstream->send(text.substr(at, 50'000));
    answer += client.received();
  }
  EXPECT_TRUE(body(answer) == text);
}

TEST(ProxyExchange, the_upstream_says_whether_it_wants_the_body) {
  ProxyHarness harness;
  const std::string head = kPost + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n";
  RawClient client = harness.connect();
  client.send(head);
  const auto upstream = harness.upstream.accept();
  EXPECT_EQ(upstream->received(), passed_on("POST /", "Expect: 100-continue\r\nContent-Length: 3\r\n"));
  EXPECT_EQ(client.received(), "");
  upstream->send("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.received(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("abc");
  EXPECT_EQ(upstream->received(), "abc");
  upstream->send(kOk);
  EXPECT_EQ(client.received(), kOkPassed);

  client.send(head);
  upstream->send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(client.received_up_to("\r\n\r\n"),
            "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  upstream->received_until_closed();
  client.half_close();
  client.received_until_closed();
  harness.settle();
  EXPECT_EQ(harness.server.connections(), 0U);
}

TEST(ProxyExchange, an_answer_before_the_body_is_read_ends_the_connection) {
  for (const bool closes : {false, true}) {
    ProxyHarness harness;
    RawClient client = harness.connect();
    client.send(kPost + "Content-Length: 100000\r\n\r\n" + std::string(1000, 'x'));
    auto upstream = harness.upstream.accept();
    upstream->send(kOk);
    if (closes) upstream.reset();
    client.send(std::string(99'000, 'x'));
    client.half_close();
    EXPECT_EQ(client.received_until_closed(),
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    EXPECT_EQ(harness.health().failures.sum(), 0U);
  }
}

// Of a client at the other end of a socket pair, whose buffers are smaller than what the server reads over.
TEST(ProxyExchange, an_answer_reaches_a_client_whose_body_the_upstream_does_not_read) {
  ProxyHarness harness;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const Endpoint who{IpAddress::v4(127, 0, 0, 1), 51234};
  ASSERT_TRUE(harness.server.adopt(net::FileDescriptor(ends[0]), {.client = who, .by_tls = true}));
  Socket client(harness.context, {AF_UNIX, 0}, ends[1]);
  boost::asio::write(client, boost::asio::buffer(kPost + "Content-Length: 1000000000\r\n\r\n"));
  client.non_blocking(true);
  auto upstream = harness.upstream.accept_socket();
  const std::string piece(100'000, 'x');
  boost::system::error_code error;
  std::size_t taken = 1;
  for (int i = 0; i < 1000 && taken > 0; ++i) {
    taken = client.send(boost::asio::buffer(piece), 0, error);
    harness.settle();
  }
  ASSERT_EQ(taken, 0U) << "all buffers between here and there are full";
  boost::asio::write(*upstream, boost::asio::buffer(std::string(kOk)));
  harness.settle();
  char answer[1000];
  error = {};
  const std::size_t size = client.receive(boost::asio::buffer(answer), 0, error);
  EXPECT_EQ(std::string_view(answer, size),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  EXPECT_EQ(harness.server.connections(), 1U) << "it lingers, so that nothing is reset before it is read";
  client.close();
  harness.settle();
  EXPECT_EQ(harness.server.connections(), 0U);
}

TEST(ProxyExchange, the_server_may_end_in_the_midst_of_a_body) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(kPost + "Content-Length: 3\r\n\r\na");
  const auto upstream = harness.upstream.accept();
  EXPECT_NE(upstream->received(), "");
  RawClient other = harness.connect();
  other.send(get("/"));
  const auto second = harness.upstream.accept();
  second->send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
  EXPECT_NE(other.received(), "");
}

TEST(ProxyExchange, a_body_that_is_malformed_or_not_whole_is_the_clients_fault) {
  ProxyHarness harness;
  RawClient client = harness.connect();
  client.send(kChunked + "3\nabc\r\n");
  const auto first = harness.upstream.accept();
  EXPECT_EQ(statuses(client.received_up_to("\n")), Strings{"400 Bad Request"});
  EXPECT_EQ(first->received_until_closed().find("0\r\n\r\n"), std::string::npos);

  RawClient other = harness.connect();
  other.send(kPost + "Content-Length: 3\r\n\r\nab");
  const auto second = harness.upstream.accept();
  other.half_close();
  EXPECT_EQ(other.received_until_closed(), "");
  second->received_until_closed();
  EXPECT_EQ(harness.health().failures.sum(), 0U);
}

TEST(ProxyExchange, a_client_that_sends_no_further_is_cut) {
  ProxyHarness harness({.stall_max = milliseconds(20)});
  RawClient client = harness.connect();
  client.send(kPost + "Content-Length: 3\r\n\r\na");
  const auto upstream = harness.upstream.accept();
  EXPECT_EQ(statuses(client.received_up_to("\n")), Strings{"408 Request Timeout"});
  upstream->received_until_closed();
  EXPECT_EQ(harness.health().failures.sum(), 0U);
}

TEST(ProxyExchange, a_response_that_comes_no_further_is_cut) {
  ProxyHarness harness({.stall_max = milliseconds(20)});
  RawClient client = harness.connect();
  client.send(get("/"));
  const auto upstream = harness.upstream.accept();
  upstream->send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc");
  EXPECT_EQ(body(client.received_until_closed()), "abc");
  upstream->received_until_closed();
  EXPECT_EQ(harness.health().failures.of(UpstreamFailure::body_timed_out), 1U);
}

TEST(ProxyExchange, a_client_that_does_not_read_is_cut_and_the_upstream_is_not_to_blame) {
  ProxyHarness harness({.stall_max = milliseconds(50)});
  boost::asio::ip::tcp::socket client(harness.context);
  client.connect({boost::asio::ip::address_v4::loopback(), harness.endpoint.port});
  boost::asio::write(client, boost::asio::buffer(get("/")));
  const auto upstream = harness.upstream.accept();
  upstream->send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
  const std::string piece(100'000, 'x');
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  // send() would wait for ever, were the connection not cut.
  while (std::chrono::steady_clock::now() < until && upstream->send(piece)) {
  }
  EXPECT_LT(std::chrono::steady_clock::now(), until);
  EXPECT_EQ(harness.health().failures.sum(), 0U);
}

TEST(ProxyExchange, progress_gives_more_time) {
  ProxyHarness harness({.head_max = milliseconds(300), .stall_max = milliseconds(300)});
  RawClient client = harness.connect();
  client.send(kPost + "Content-Length: 12\r\n\r\n");
  const auto upstream = harness.upstream.accept();
  const auto start = std::chrono::steady_clock::now();
  const auto wait = [&] {
    const auto until = std::chrono::steady_clock::now() + milliseconds(50);
    while (std::chrono::steady_clock::now() < until) {
      harness.context.restart();
      harness.context.run_one_for(milliseconds(10));
    }
  };
  for (int i = 0; i < 12; ++i) {
    client.send("x");
    wait();
  }
  EXPECT_GT(std::chrono::steady_clock::now() - start, milliseconds(500));
  EXPECT_TRUE(upstream->received().ends_with("xxxxxxxxxxxx"));
  upstream->send(kOk);
  EXPECT_EQ(client.received(), kOkPassed);
}

}  // namespace
}  // namespace turnpike::http
