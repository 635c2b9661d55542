// What a client may write, and what it reads then.
#include "turnpike/http/connection.hpp"

#include <algorithm>
#include <stdexcept>

#include "harness.hpp"

namespace turnpike::http {
namespace {

using ::testing::Test;
using Strings = std::vector<std::string>;

constexpr const char* kEnd = "Host: a\r\n\r\n";

Response echo(const Request& r) {
  const std::string from = r.from.family() == Family::none ? "nowhere" : r.from.to_string();
  return {.body = r.method + '|' + r.path + '|' + r.query + '|' + r.authorization + '|' + r.content_type +
                  '|' + r.origin + '|' + r.body + '|' + from};
}

std::vector<Route> make_routes() {
  return {
      {.method = "GET", .path = "/", .handler = Handler(echo)},
      {.method = "GET", .path = "/echo", .handler = Handler(echo)},
      {.method = "POST",
       .path = "/echo",
       .handler = Handler(echo),
       .body_bytes_max = 20,
       .cors = {{"https://app"}}},
      {.method = "GET", .path = "/throws", .handler = Handler([](const Request&) -> Response {
                                             throw std::runtime_error("secret");
                                           })},
      {.method = "GET", .path = "/throws-a-number", .handler = Handler([](const Request&) -> Response {
                                                      throw 7;
                                                    })},
      {.method = "GET", .path = "/void", .handler = Handler{}},
  };
}

std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\n" + kEnd; }

std::string post(std::string_view text) {
  return "POST /echo HTTP/1.1\r\nContent-Length: " + std::to_string(text.size()) + "\r\n" + kEnd +
         std::string(text);
}

TEST(Connection, a_handler_sees_what_a_browser_says_of_the_page_that_asks) {
  HttpHarness harness({{.method = "GET", .path = "/", .handler = Handler([](const Request& r) {
                                                        return Response{.body = r.fetch_site + "|" + r.host};
                                                      })}});
  EXPECT_EQ(body(harness.exchange("GET / HTTP/1.1\r\nHost: a:8443\r\nsec-fetch-site: same-origin\r\n\r\n")),
            "same-origin|a:8443");
}

TEST(Connection, a_handler_sees_what_was_sent) {
  HttpHarness harness(make_routes());
  EXPECT_EQ(body(harness.exchange(get("/echo?a=%20b&c?d"))), "GET|/echo|a=%20b&c?d|||||127.0.0.1");
  EXPECT_EQ(body(harness.exchange(
                "POST http://host:80/echo?x HTTP/1.1\r\nauthorization: Bearer t\r\nCONTENT-TYPE: text/a\r\n"
                "Origin: https://app\r\nContent-Length: 3\r\nHost: a\r\n\r\nabc")),
            "POST|/echo|x|Bearer t|text/a|https://app|abc|127.0.0.1");
  EXPECT_EQ(body(harness.exchange("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: "
                                  "a\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")),
            "POST|/echo|||||abcde|127.0.0.1");
  EXPECT_EQ(body(harness.exchange("GET http://host HTTP/1.1\r\nHost: host\r\n\r\n")), "GET|/||||||127.0.0.1");
}

TEST(Connection, a_handler_sees_whom_a_proxy_passes_on) {
  const std::string sent =
      "GET /echo HTTP/1.1\r\nX-Forwarded-For: 198.18.0.9\r\nx-forwarded-for: 198.18.0.2, 127.0.0.8\r\nHost: "
      "a\r\n\r\n";
  HttpHarness trusting(make_routes(), {.proxies = loopback_proxies});
  EXPECT_EQ(body(trusting.exchange(sent)), "GET|/echo||||||198.18.0.2");
  EXPECT_EQ(body(trusting.exchange(get("/echo"))), "GET|/echo||||||127.0.0.1");
  HttpHarness harness(make_routes());
  EXPECT_EQ(body(harness.exchange(sent)), "GET|/echo||||||127.0.0.1");
}

TEST(Connection, by_the_name_of_another_only_some_routes_are_served) {
  const auto name = [](const Request& request) { return Response{.body = request.host}; };
  Route open{"GET", "/open", name, 0, {}};
  open.any_host = true;
  Limits limits;
  limits.allows_host = [](std::string_view field) { return field == "here:80"; };
  HttpHarness http({{"GET", "/", name, 0, {}}, open}, limits);
  const struct {
    const char* path;
    const char* host;
    const char* expected;
  } table[] = {{"/", "here:80", "200 OK"},
               {"/", "elsewhere", "421 "},
               {"/open", "elsewhere", "200 OK"},
               {"/none", "elsewhere", "404 "}};
  for (const auto& [path, host, expected] : table) {
    const auto response =
        http.exchange(std::string("GET ") + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
    EXPECT_TRUE(response.starts_with(std::string("HTTP/1.1 ") + expected)) << path << " " << response;
    EXPECT_EQ(response.ends_with(host), response.starts_with("HTTP/1.1 200")) << response;
  }
}

TEST(Connection, a_body_that_nobody_vouches_for_is_not_read) {
  const Vouch vouch = [](const Request& head) { return head.authorization == "good"; };
  const Handler judge = [](const Request& r) { return Response{.status = r.body.empty() ? 401U : 200U}; };
  HttpHarness harness(
      {{.method = "POST", .path = "/", .handler = judge, .body_bytes_max = 3, .vouch = vouch}});
  const auto post = [](const std::string& authorization, const std::string& text) {
    return "POST / HTTP/1.1\r\nAuthorization: " + authorization +
           "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n" + kEnd + text;
  };
  EXPECT_EQ(statuses(harness.exchange(post("good", "abc") + post("good", "ab"))),
            (Strings{"200 OK", "200 OK"}));
  EXPECT_EQ(statuses(harness.exchange(post("bad", "abc") + post("good", "ab"))), Strings{"401 Unauthorized"});
  EXPECT_EQ(statuses(harness.exchange(post("good", "abcd"))), Strings{"413 Payload Too Large"});
  RawClient waiting = harness.connect();
  waiting.send("POST / HTTP/1.1\r\nContent-Length: 3\r\nHost: a\r\n\r\n");
  EXPECT_EQ(statuses(waiting.received()), Strings{"401 Unauthorized"}) << "before its body is sent";
}

struct StatusCase {
  const char* name;
  std::string sent;
  Strings expected;
};

const std::string kChunked = "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n";
const StatusCase kStatusCases[] = {
    {"one request", get("/echo"), {"200 OK"}},
    {"pipelined",
     get("/echo") + post("abc") + get("/nothing") + get("/echo"),
     {"200 OK", "200 OK", "404 Not Found", "200 OK"}},
    {"nothing", "", {}},
    {"half a head", "GET /echo HTTP/1.1\r\nHost", {}},
    {"half a body", "POST /echo HTTP/1.1\r\nContent-Length: 4\r\nHost: a\r\n\r\nabc", {}},
    {"the last one", "GET /echo HTTP/1.1\r\nConnection: close\r\nHost: a\r\n\r\n" + get("/echo"), {"200 OK"}},
    {"HTTP/1.0", "GET /echo HTTP/1.0\r\n\r\n" + get("/echo"), {"200 OK"}},
    {"HTTP/1.0 that stays",
     "GET /echo HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get("/echo"),
     {"200 OK", "200 OK"}},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {"400 Bad Request"}},
    {"TLS", "\x16\x03\x01\x02\x80\x01\x02\x7c\x03\x03\r\n\r\n", {"400 Bad Request"}},
    {"no HTTP", "hello\r\n\r\n", {"400 Bad Request"}},
    {"no Host", "GET /echo HTTP/1.1\r\n\r\n", {"400 Bad Request"}},
    {"two Hosts", "GET /echo HTTP/1.1\r\nHost: b\r\nHost: a\r\n\r\n", {"400 Bad Request"}},
    {"a space in front of the colon", "GET /echo HTTP/1.1\r\nHost : a\r\n\r\n", {"400 Bad Request"}},
    {"a control character in a value",
     "GET /echo HTTP/1.1\r\nX: a\x01" + std::string("b\r\n") + kEnd,
     {"400 Bad Request"}},
    {"bare newlines", "GET /echo HTTP/1.1\nHost: a\n\n", {"400 Bad Request"}},
    {"no path", "GET  HTTP/1.1\r\nHost: a\r\n\r\n", {"400 Bad Request"}},
    {"a length that is no number",
     "POST /echo HTTP/1.1\r\nContent-Length: 3x\r\nHost: a\r\n\r\nabc",
     {"400 Bad Request"}},
    {"a negative length",
     "POST /echo HTTP/1.1\r\nContent-Length: -1\r\nHost: a\r\n\r\nabc",
     {"400 Bad Request"}},
    {"two lengths",
     "POST /echo HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\nHost: a\r\n\r\nabc",
     {"400 Bad Request"}},
    {"length and chunks",
     "POST /echo HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n0\r\n\r\n",
     {"400 Bad Request"}},
    {"a coding that hides the end",
     "POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip\r\nHost: a\r\n\r\n" + get("/echo"),
     {"501 Not Implemented"}},
    {"two codings",
     "POST /echo HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\nHost: a\r\n\r\n0\r\n\r\n",
     {"501 Not Implemented"}},
    {"a bad chunk", kChunked + "xyz\r\n", {"400 Bad Request"}},
    {"a full body", post(std::string(20, 'x')), {"200 OK"}},
    {"too big a body", post(std::string(21, 'x')) + get("/echo"), {"413 Payload Too Large"}},
    {"too big a body in chunks",
     kChunked + "10\r\n0123456789abcdef\r\n5\r\n01234\r\n0\r\n\r\n",
     {"413 Payload Too Large"}},
    {"a body where none is taken",
     "GET /echo HTTP/1.1\r\nContent-Length: 1\r\nHost: a\r\n\r\nx",
     {"413 Payload Too Large"}},
    {"an unread body ends it",
     "POST /nothing HTTP/1.1\r\nContent-Length: 1\r\nHost: a\r\n\r\nx" + get("/echo"),
     {"404 Not Found"}},
    {"the largest head",
     "GET /echo HTTP/1.1\r\nX: " + std::string(8192 - 36, 'x') + "\r\n" + kEnd,
     {"200 OK"}},
    {"too large a head",
     "GET /echo HTTP/1.1\r\nX: " + std::string(8192, 'x') + "\r\n" + kEnd,
     {"431 Request Header Fields Too Large"}},
    {"a head without end", "GET /" + std::string(100'000, 'x'), {"431 Request Header Fields Too Large"}},
    {"another method",
     "PUT /echo HTTP/1.1\r\nHost: a\r\n\r\n" + get("/echo"),
     {"405 Method Not Allowed", "200 OK"}},
    {"an unknown method", "BREW /echo HTTP/1.1\r\nHost: a\r\n\r\n", {"405 Method Not Allowed"}},
    {"CONNECT", "CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n", {"404 Not Found"}},
    {"OPTIONS", "OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n" + get("/echo"), {"204 No Content", "200 OK"}},
    {"handlers that throw",
     get("/throws") + get("/throws-a-number") + get("/void") + get("/echo"),
     {"500 Internal Server Error", "500 Internal Server Error", "500 Internal Server Error", "200 OK"}},
};

TEST(Connection, statuses_of_what_clients_send) {
  for (const StatusCase& c : kStatusCases) {
    HttpHarness harness(make_routes());
    EXPECT_EQ(statuses(harness.exchange(c.sent)), c.expected) << c.name;
    harness.settle();
    EXPECT_EQ(harness.server.connections(), 0U) << c.name;
  }
}

TEST(Connection, it_does_not_matter_how_the_bytes_arrive) {
  const std::string sent =
      get("/echo?a") +
      "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
      post("defg") + "GET /last HTTP/1.1\r\nConnection: close\r\nHost: a\r\n\r\n";
  const auto without_date = [](std::string text) {
    for (std::size_t at = 0; (at = text.find("\r\nDate: ", at)) != text.npos;)
      text.erase(at, text.find('\r', at + 2) - at);
    return text;
  };
  HttpHarness harness(make_routes());
  const std::string expected = without_date(harness.exchange(sent));
  ASSERT_EQ(statuses(expected), (Strings{"200 OK", "200 OK", "200 OK", "404 Not Found"}));
  for (std::size_t split = 1; split < sent.size(); ++split) {
    RawClient client = harness.connect();
    client.send(sent.substr(0, split));
    client.send(sent.substr(split));
    client.half_close();
    EXPECT_EQ(without_date(client.received_until_closed()), expected) << "split at " << split;
  }
  RawClient byte_by_byte = harness.connect();
  for (const char& byte : sent) byte_by_byte.send({&byte, 1});
  byte_by_byte.half_close();
  EXPECT_EQ(without_date(byte_by_byte.received_until_closed()), expected);
}

TEST(Connection, head_is_get_without_the_body) {
  HttpHarness harness(make_routes());
  const std::string responses =
      harness.exchange("HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\nHEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(statuses(responses.substr(0, responses.find("\r\n\r\n") + 4)), (Strings{"200 OK", "cut short"}));
  EXPECT_EQ(field(responses, "Content-Length"),
            std::to_string(std::string("HEAD|/echo||||||127.0.0.1").size()));
  EXPECT_EQ(std::count(responses.begin(), responses.end(), '|'), 0);
}

TEST(Connection, a_keep_alive_connection_says_so_until_its_last_response) {
  HttpHarness harness(make_routes());
  RawClient client = harness.connect();
  client.send(get("/echo"));
  const std::string first = client.received();
  EXPECT_EQ(statuses(first), Strings{"200 OK"});
  EXPECT_EQ(field(first, "Connection"), "keep-alive");
  EXPECT_EQ(field(first, "Cache-Control"), "no-store");
  EXPECT_FALSE(client.is_closed());
  client.send("GET /echo HTTP/1.1\r\nConnection: close\r\nHost: a\r\n\r\n");
  EXPECT_EQ(field(client.received_until_closed(), "Connection"), "close");
}

TEST(Connection, a_body_is_asked_for_only_if_it_is_taken) {
  HttpHarness harness(make_routes());
  const std::string head = "POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nHost: a\r\nContent-Length: ";
  RawClient small = harness.connect();
  small.send(head + "3\r\n\r\n");
  EXPECT_EQ(small.received(), "HTTP/1.1 100 Continue\r\n\r\n");
  small.send("abc");
  EXPECT_EQ(statuses(small.received()), Strings{"200 OK"});
  RawClient large = harness.connect();
  large.send(head + "21\r\n\r\n");
  EXPECT_EQ(statuses(large.received()), Strings{"413 Payload Too Large"});
}

TEST(Connection, a_refusal_reaches_a_client_that_still_sends) {
  HttpHarness harness(make_routes());
  RawClient client = harness.connect();
  EXPECT_TRUE(client.send(post(std::string(500'000, 'x'))));
  client.half_close();
  EXPECT_EQ(statuses(client.received_until_closed()), Strings{"413 Payload Too Large"});
}

TEST(Connection, scripts_of_allowed_sites_may_read) {
  HttpHarness harness(make_routes());
  const auto ask = [&](const std::string& start, const std::string& origin) {
    return field(harness.exchange(start + " /echo HTTP/1.1\r\nOrigin: " + origin + "\r\nHost: a\r\n\r\n"),
                 "Access-Control-Allow-Origin");
  };
  EXPECT_EQ(ask("OPTIONS", "https://app"), "https://app");
  EXPECT_EQ(ask("POST", "https://app"), "https://app");
  EXPECT_EQ(ask("POST", "https://evil"), "");
  EXPECT_EQ(ask("GET", "https://app"), "");
}

TEST(Connection, what_a_handler_throws_is_for_the_log_only) {
  HttpHarness harness(make_routes());
  const std::string responses = harness.exchange(get("/throws") + get("/throws-a-number"));
  EXPECT_EQ(responses.find("secret"), std::string::npos);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"/throws", "secret"}, {"/throws-a-number", "an exception of no known type"}};
  EXPECT_EQ(harness.faults, expected);
}

TEST(Connection, a_slow_client_is_cut) {
  struct Case {
    const char* name;
    std::string sent;
  };
  const Case cases[] = {
      {"says nothing", ""},
      {"a slow head", "GET /echo HT"},
      {"a slow body", "POST /echo HTTP/1.1\r\nContent-Length: 10\r\nHost: a\r\n\r\nabc"},
  };
  constexpr Duration kShort = std::chrono::milliseconds(20);
  for (const Case& c : cases) {
    HttpHarness harness(make_routes(), {.idle_max = kShort, .request_max = kShort});
    RawClient client = harness.connect();
    client.send(c.sent);
    EXPECT_EQ(client.received_until_closed(), "") << c.name;
    harness.settle();
    EXPECT_EQ(harness.server.connections(), 0U) << c.name;
  }
}

TEST(Connection, bytes_that_trickle_in_win_no_time) {
  HttpHarness harness(make_routes(), {.request_max = std::chrono::milliseconds(50)});
  RawClient client = harness.connect();
  client.send("GET /echo HTTP/1.1\r\nX: ");
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!client.is_closed() && std::chrono::steady_clock::now() < until) {
    harness.context.restart();
    harness.context.run_one_for(std::chrono::milliseconds(5));
    client.send("x");
  }
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(client.received(), "");
}

TEST(Connection, a_client_that_does_not_read_is_cut) {
  int served = 0;
  const Handler large = [&](const Request&) {
    ++served;
    return Response{.body = std::string(16 << 20, 'x')};
  };
  HttpHarness harness({{.method = "GET", .path = "/large", .handler = large}},
                      {.write_max = std::chrono::milliseconds(20)});
  boost::asio::ip::tcp::socket client(harness.context);
  client.connect({boost::asio::ip::address_v4::loopback(), harness.endpoint.port});
  boost::asio::write(client, boost::asio::buffer(get("/large")));
  harness.settle();
  EXPECT_EQ(served, 1);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (harness.server.connections() > 0 && std::chrono::steady_clock::now() < until) {
    harness.context.restart();
    harness.context.run_one_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(harness.server.connections(), 0U);
}

}  // namespace
}  // namespace turnpike::http
