// Where HTTP without TLS leads, and where it leads nowhere.
#include "turnpike/web/plain_http.hpp"

#include <gtest/gtest.h>

namespace turnpike::web {
namespace {

std::string location(const http::Request& request, std::uint16_t port = 443) {
  return https_location(request, port).value_or("");
}

http::Request of_host(const std::string& host) { return {.path = "/", .host = host}; }

TEST(HttpsLocation, is_the_same_place_by_TLS) {
  EXPECT_EQ(location({.path = "/", .host = "turn.example.org"}), "https://turn.example.org/");
  EXPECT_EQ(location({.path = "/a/b", .query = "c=d&e", .host = "turn.example.org:80"}),
            "https://turn.example.org/a/b?c=d&e");
  EXPECT_EQ(location({.path = "/", .host = "turn.example.org:80"}, 5349), "https://turn.example.org:5349/");
  EXPECT_EQ(location({.path = "//evil.example/..", .host = "a"}), "https://a//evil.example/..");
  EXPECT_EQ(location({.path = "/", .host = "a", .authority = "b:80"}), "https://b/")
      << "of a whole URI the Host field does not count";
  for (const char* path : {"", "*", "a:443", "@evil.example/", ".evil.example/"})
    EXPECT_EQ(location({.path = path, .host = "a"}), "") << path;
}

TEST(HttpsLocation, is_of_a_host_that_can_be_one) {
  const std::pair<const char*, const char*> table[] = {
      {"TURN.example.org.", "https://turn.example.org/"},
      {"192.0.2.1:80", "https://192.0.2.1/"},
      {"[2001:DB8::1]:80", "https://[2001:db8::1]/"},
      {"localhost", "https://localhost/"},
      {"", ""},
      {":80", ""},
      {"a.example:x", ""},
      {"a.example:80:80", ""},
      {"a.example:800000", ""},
      {"2001:db8::1", ""},
      {"[2001:db8::1", ""},
      {"[2001:db8::1%eth0]", ""},
      {"[192.0.2.1]", ""},
      {"[]", ""},
      {"a.example/b", ""},
      {"user@a.example", ""},
      {"user:80@a.example", ""},
      {"a.example,b.example", ""},
      {"a.example\\b", ""},
      {"a.example?b", ""},
      {"a.example#b", ""},
      {"a.example\r\nSet-Cookie: a=b", ""},
      {"a example", ""},
      {"%61.example", ""},
      {"a..example", ""},
      {"-a.example", ""},
      {"*.example", ""},
  };
  for (const auto& [host, expected] : table) {
    EXPECT_EQ(location(of_host(host)), expected) << host;
    EXPECT_EQ(location({.path = "/", .host = "a", .authority = host}),
              *host == '\0' ? "https://a/" : expected)
        << host;
  }
}

TEST(PlainRoutes, are_there_where_there_is_somewhere_to_go) {
  const auto paths = [](const config::Config& config) {
    std::string paths;
    for (const http::Route& route : plain_routes(config)) paths += route.method + " " + route.path + "\n";
    return paths;
  };
  const std::string answers = "GET /.well-known/acme-challenge/\n", way = " /\n";
  config::Config config;
  EXPECT_EQ(paths(config), "");
  config.http.acme_webroot = "/var/www";
  EXPECT_EQ(paths(config), answers);
  config.listen.tls = {*Endpoint::parse("0.0.0.0:443")};
  EXPECT_EQ(paths(config), answers + way);
  config.http.acme_webroot.clear();
  EXPECT_EQ(paths(config), "");
  config.http.check_page = "/check";
  EXPECT_EQ(paths(config), way);
}

TEST(PlainRoutes, lead_to_443_where_a_listener_has_it) {
  const auto lead = [](const std::vector<Endpoint>& listeners) {
    config::Config config;
    config.http.check_page = "/check";
    config.listen.tls = listeners;
    const auto routes = plain_routes(config);
    const auto response =
        std::get<http::Handler>(routes.front().handler)({.method = "GET", .path = "/", .host = "a"});
    return response.fields.front().second;
  };
  const Endpoint one = *Endpoint::parse("0.0.0.0:5349"), other = *Endpoint::parse("[::]:443");
  EXPECT_EQ(lead({one}), "https://a:5349/");
  EXPECT_EQ(lead({one, other}), "https://a/");
}

TEST(PlainRoutes, have_a_client_ask_the_same_again) {
  config::Config config;
  config.http.check_page = "/check";
  config.listen.tls = {*Endpoint::parse("0.0.0.0:443")};
  const auto routes = plain_routes(config);
  const auto status = [&](const std::string& method, const std::string& host) {
    return std::get<http::Handler>(routes.front().handler)({.method = method, .path = "/", .host = host})
        .status;
  };
  EXPECT_EQ(status("GET", "a"), 301U);
  EXPECT_EQ(status("HEAD", "a"), 301U);
  EXPECT_EQ(status("POST", "a"), 308U);
  EXPECT_EQ(status("OPTIONS", "a"), 308U);
  EXPECT_EQ(status("GET", "a@b"), 400U);
}

}  // namespace
}  // namespace turnpike::web
