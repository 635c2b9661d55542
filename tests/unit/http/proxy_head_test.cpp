// Heads before and after they are passed on.
#include "turnpike/http/proxy_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace turnpike::http {
namespace {

const Endpoint kPeer{IpAddress::v4(192, 0, 2, 1), 51234};
const Sender kStranger{.peer = {.client = kPeer}, .client = kPeer};
const Sender kByTls{.peer = {.client = kPeer, .by_tls = true}, .client = kPeer};
const Sender kProxy{
    .peer = {.client = kPeer}, .is_proxy = true, .client = {IpAddress::v4(198, 51, 100, 1), 0}};
const Sender kUnix{};

const std::string kForwarded =
    "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n";

std::string get(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n"; }

struct Case {
  const char* name;
  Sender sender;
  std::string came;
  std::string goes;
};

const Case kRequests[] = {
    {"the simplest", kStranger, get(""), get(kForwarded)},
    {"any field", kStranger, get("Cookie: a=b\r\nx-y:  z \r\n"),
     get("Cookie: a=b\r\nx-y: z\r\n" + kForwarded)},
    {"by TLS", kByTls, get(""),
     get("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n")},
    {"on a Unix socket", kUnix, get(""), get("X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n")},
    {"fields of one connection", kStranger,
     get("Connection: keep-alive, X-Mine,, x-y\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nTE: "
         "trailers\r\nTrailer: X\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\nX-Mine: 1\r\nX-Y: 2\r\nX-Mine-Too: "
         "3\r\nProxy: evil\r\n"),
     get("X-Mine-Too: 3\r\n" + kForwarded)},
    {"what Connection cannot take away", kStranger,
     "POST / HTTP/1.1\r\nHost: a\r\nConnection: Host, Content-Length, X-Forwarded-For\r\nContent-Length: "
     "3\r\n\r\n",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" + kForwarded + "\r\n"},
    {"what strangers say of others", kStranger,
     get("X-Forwarded-For: 9.9.9.9\r\nx_forwarded_for: 9.9.9.9\r\nX-Forwarded-Proto: "
         "https\r\nX-Forwarded-Host: "
         "b\r\nForwarded: for=9.9.9.9\r\nX-Real-IP: 9.9.9.9\r\nCF-Connecting-IP: 9.9.9.9\r\n"),
     get(kForwarded)},
    {"what a proxy says of others", kProxy,
     get("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 203.0.113.1\r\nX-Forwarded-Proto: "
         "https\r\nX-Forwarded-Host: b\r\nForwarded: for=198.51.100.1\r\n"),
     get("Forwarded: for=198.51.100.1\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.1, "
         "192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n")},
    {"a proxy that says nothing", kProxy, get(""), get(kForwarded)},
    {"chunks", kStranger, "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n",
     "PUT /a HTTP/1.1\r\nHost: a\r\n" + kForwarded + "Transfer-Encoding: chunked\r\n\r\n"},
    {"a whole URI", kStranger, "GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET /b?c HTTP/1.1\r\nHost: a\r\n" + kForwarded + "\r\n"},
    {"an empty query", kStranger, "GET /b? HTTP/1.1\r\nHost: a\r\n\r\n",
     "GET /b? HTTP/1.1\r\nHost: a\r\n" + kForwarded + "\r\n"},
    {"the server as a whole", kStranger, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
     "OPTIONS * HTTP/1.1\r\nHost: a\r\n" + kForwarded + "\r\n"},
    {"HTTP/1.0", kUnix, "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: \r\nX-Forwarded-Proto: http\r\n\r\n"},
    {"Expect", kStranger, get("Expect: 100-continue\r\n"), get("Expect: 100-continue\r\n" + kForwarded)},
    {"a WebSocket", kStranger,
     get("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n"),
     get("Sec-WebSocket-Key: k\r\n" + kForwarded + "Connection: Upgrade\r\nUpgrade: websocket\r\n")},
    {"an upgrade that Connection does not name", kStranger, get("Upgrade: websocket\r\n"), get(kForwarded)},
    {"an upgrade to one of two", kStranger, get("Connection: upgrade\r\nUpgrade: websocket, h2c\r\n"),
     get(kForwarded)},
    {"an upgrade with a body", kStranger,
     get("Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n"),
     get("Content-Length: 1\r\n" + kForwarded)},
    {"an upgrade in HTTP/1.0", kUnix,
     "GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
     "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n\r\n"},
};

TEST(ProxyHead, of_requests) {
  for (const Case& c : kRequests) {
    const auto request = parse_request_head(c.came);
    ASSERT_TRUE(request) << c.name;
    EXPECT_EQ(head_for_upstream(*request, c.sender), c.goes) << c.name;
  }
}

TEST(ProxyHead, what_goes_on_is_as_sound_as_what_came) {
  for (const Case& c : kRequests) {
    const auto request = parse_request_head(c.goes);
    ASSERT_TRUE(request) << c.name;
    EXPECT_EQ(request->body, parse_request_head(c.came)->body) << c.name;
  }
}

struct Answer {
  const char* name;
  std::string came;
  bool to_http_1_0;
  std::string goes;
};

const Answer kAnswers[] = {
    {"a length", "HTTP/1.0 404 Not Found\r\nContent-Length: 3\r\nServer: s\r\n\r\n", false,
     "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nServer: s\r\nConnection: keep-alive\r\n\r\n"},
    {"fields of one connection",
     "HTTP/1.1 200 OK\r\nConnection: close, x-mine\r\nKeep-Alive: 5\r\nX-Mine: 1\r\nTrailer: X\r\nUpgrade: "
     "h2\r\nContent-Length: 0\r\n\r\n",
     false, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"},
    {"what to upgrade to", "HTTP/1.1 426 X\r\nUpgrade: websocket, h2c\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 426 X\r\nContent-Length: 0\r\nUpgrade: websocket, h2c\r\nConnection: keep-alive, "
     "Upgrade\r\n\r\n"},
    {"426 that does not say", "HTTP/1.1 426 X\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 426 X\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"},
    {"chunks", "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n", false,
     "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"},
    {"until the end", "HTTP/1.1 200\r\n\r\n", false,
     "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"},
    {"chunks to HTTP/1.0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true,
     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
    {"a length to HTTP/1.0", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true,
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n"},
    {"no body at all", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
     false, ""},
    {"204", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", false,
     "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n"},
    {"304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", false,
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n"},
};

TEST(ProxyHead, of_responses) {
  for (const Answer& c : kAnswers) {
    const auto response = parse_response_head(c.came, false);
    ASSERT_EQ(response.has_value(), !c.goes.empty()) << c.name;
    if (!response) continue;
    EXPECT_EQ(head_for_client(*response, answer_framing(*response, c.to_http_1_0, true)), c.goes) << c.name;
    EXPECT_FALSE(answer_framing(*response, c.to_http_1_0, false).keep_alive) << c.name;
  }
}

TEST(ProxyHead, of_responses_before_the_last) {
  const auto text = [](const char* came) { return interim_head(*parse_response_head(came, false)); };
  EXPECT_EQ(text("HTTP/1.1 100 Continue\r\nConnection: x\r\nX: y\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(text("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  EXPECT_EQ(
      text("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: k\r\n\r\n"),
      "HTTP/1.1 101 X\r\nSec-WebSocket-Accept: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
}

TEST(ProxyHead, only_a_web_socket_is_one) {
  const auto is_one = [](const std::string& fields, const char* start = "HTTP/1.1 101 X") {
    return is_web_socket(*parse_response_head(start + ("\r\n" + fields) + "\r\n", false));
  };
  EXPECT_TRUE(is_one("Connection: upgrade\r\nUpgrade: websocket\r\n"));
  EXPECT_FALSE(is_one("Upgrade: websocket\r\n"));
  EXPECT_FALSE(is_one("Connection: upgrade\r\n"));
  EXPECT_FALSE(is_one("Connection: upgrade\r\nUpgrade: h2c\r\n"));
  EXPECT_FALSE(is_one("Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n"));
  EXPECT_FALSE(is_one("Connection: upgrade\r\nUpgrade: websocket\r\n", "HTTP/1.1 200 X"));
}

}  // namespace
}  // namespace turnpike::http
