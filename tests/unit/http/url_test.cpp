// URLs of HTTP servers: what is taken, and what is refused.
#include "turnpike/http/url.hpp"

#include <gtest/gtest.h>

namespace turnpike::http {
namespace {

TEST(Url, is_scheme_host_port_and_what_paths_begin_with) {
  const struct {
    const char* text;
    Url url;
    const char* authority;
  } cases[] = {
      {"http://127.0.0.1:7880", {false, "127.0.0.1", 7880, ""}, "127.0.0.1:7880"},
      {"ws://localhost:7880/", {false, "localhost", 7880, ""}, "localhost:7880"},
      {"https://livekit.example.org", {true, "livekit.example.org", 443, ""}, "livekit.example.org:443"},
      {"WSS://livekit.example.org//", {true, "livekit.example.org", 443, ""}, "livekit.example.org:443"},
      {"http://a_b-c", {false, "a_b-c", 80, ""}, "a_b-c:80"},
      {"https://[2001:db8::1]:8443/sfu/1/", {true, "2001:db8::1", 8443, "/sfu/1"}, "[2001:db8::1]:8443"},
      {"http://[::1]", {false, "::1", 80, ""}, "[::1]:80"},
  };
  for (const auto& c : cases) {
    const auto url = Url::parse(c.text);
    ASSERT_TRUE(url) << c.text;
    EXPECT_EQ(*url, c.url) << c.text;
    EXPECT_EQ(url->authority(), c.authority) << c.text;
  }
}

TEST(Url, refuses_what_is_no_server) {
  for (const char* text : {"",
                           "7880",
                           "localhost:7880",
                           "ftp://a",
                           "http:/a",
                           "http://",
                           "http:///path",
                           "http://a:",
                           "http://a:0",
                           "http://a:65536",
                           "http://a:1x",
                           "http://a:-1",
                           "http://user@a",
                           "http://user:password@a",
                           "http://a/?query",
                           "http://a/#fragment",
                           "http://a?b",
                           "http://a b",
                           "http://a\r\nHost: b",
                           "http://a%20b",
                           "http://a%2eb",
                           "http://a!b",
                           "http://[v1.a]",
                           "http://a/%",
                           "http://a/\n",
                           "http://::1",
                           "http://[::1",
                           "http://[127.0.0.1]",
                           "http://[a]",
                           "http://[::1]x",
                           "http://[]"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

}  // namespace
}  // namespace turnpike::http
