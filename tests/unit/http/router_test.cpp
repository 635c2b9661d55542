// Which requests have a handler, and what the others are told.
#include "turnpike/http/router.hpp"

#include <gtest/gtest.h>

namespace turnpike::http {
namespace {

constexpr const char* kApp = "https://app.example.org";

Handler says(std::string text) {
  return [text](const Request&) { return Response{.body = text}; };
}

Router make_router() {
  return Router({
      {.method = "GET", .path = "/metrics", .handler = says("metrics")},
      {.method = "GET", .path = "/users", .handler = says("list")},
      {.method = "POST", .path = "/users", .handler = says("added")},
      {.method = "POST",
       .path = "/token",
       .handler = says("token"),
       .cors = {{kApp, "https://other.example.org"}}},
      {.method = "GET", .path = "/open", .handler = says("open"), .cors = {{"*"}}},
      {.method = "DELETE", .path = "/open", .handler = says("gone")},
  });
}

TEST(Router, a_handler_is_found_by_method_and_whole_path) {
  struct Case {
    const char* method;
    const char* path;
    std::string expected;
  };
  const Case cases[] = {
      {"GET", "/metrics", "metrics"}, {"HEAD", "/metrics", "metrics"},
      {"GET", "/users", "list"},      {"POST", "/users", "added"},
      {"POST", "/metrics", ""},       {"HEAD", "/token", ""},
      {"get", "/metrics", ""},        {"GET", "/metrics/", ""},
      {"GET", "/metric", ""},         {"GET", "", ""},
      {"OPTIONS", "/users", ""},
  };
  const Router router = make_router();
  for (const Case& c : cases) {
    const Route* route = router.find(c.method, c.path);
    EXPECT_EQ(route == nullptr ? "" : std::get<Handler>(route->handler)({}).body, c.expected)
        << c.method << ' ' << c.path;
  }
}

TEST(Router, a_route_may_have_all_that_is_below_its_path_and_every_method) {
  const Router router({
      {.method = "GET", .path = "/a/", .handler = says("a"), .below = true},
      {.method = "", .path = "/", .handler = says("all"), .below = true},
      {.method = "GET", .path = "/b", .handler = says("never")},
  });
  const auto found = [&](std::string_view method, std::string_view path) {
    const Route* route = router.find(method, path);
    return route == nullptr ? "" : std::get<Handler>(route->handler)({}).body;
  };
  EXPECT_EQ(found("GET", "/a/"), "a");
  EXPECT_EQ(found("HEAD", "/a/b/c"), "a");
  EXPECT_EQ(found("POST", "/a/b"), "") << "the first that has the path says what may be done there";
  EXPECT_EQ(router.answer_unrouted({.method = "POST", .path = "/a/b"}).status, 405U);
  EXPECT_EQ(found("GET", "/a"), "all");
  EXPECT_EQ(found("OPTIONS", "/"), "all");
  EXPECT_EQ(found("PATCH", "/b"), "all");
  EXPECT_EQ(found("OPTIONS", "*"), "");
  EXPECT_EQ(found("CONNECT", "a:443"), "");
  EXPECT_TRUE(router.knows("/x"));
  EXPECT_FALSE(router.knows("*"));
}

TEST(Router, what_has_no_handler_is_told_why) {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  struct Case {
    const char* name;
    Request request;
    unsigned status;
    Fields fields;
  };
  const auto preflight = [](const std::string& origin, const std::string& methods) {
    return Fields{{"Access-Control-Allow-Origin", origin},
                  {"Access-Control-Allow-Methods", methods},
                  {"Access-Control-Allow-Headers", "authorization, content-type"},
                  {"Access-Control-Max-Age", "600"}};
  };
  const auto join = [](Fields first, const Fields& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
  };
  const Fields token{{"Allow", "POST, OPTIONS"}, {"Vary", "Origin"}};
  const Fields open{{"Allow", "GET, HEAD, DELETE, OPTIONS"}, {"Vary", "Origin"}};
  const Case cases[] = {
      {"unknown", {.method = "GET", .path = "/nothing"}, 404, {}},
      {"preflight of the unknown", {.method = "OPTIONS", .path = "/nothing", .origin = kApp}, 404, {}},
      {"another method", {.method = "PUT", .path = "/users"}, 405, {{"Allow", "GET, HEAD, POST, OPTIONS"}}},
      {"HEAD where there is no GET", {.method = "HEAD", .path = "/token"}, 405, token},
      {"OPTIONS",
       {.method = "OPTIONS", .path = "/users", .origin = kApp},
       204,
       {{"Allow", "GET, HEAD, POST, OPTIONS"}}},
      {"preflight",
       {.method = "OPTIONS", .path = "/token", .origin = kApp},
       204,
       join(token, preflight(kApp, "POST"))},
      {"preflight of another site",
       {.method = "OPTIONS", .path = "/token", .origin = "https://evil.example"},
       204,
       token},
      {"OPTIONS of no site", {.method = "OPTIONS", .path = "/token"}, 204, token},
      {"preflight of any site, of the method that is open",
       {.method = "OPTIONS", .path = "/open", .origin = "null"},
       204,
       join(open, preflight("null", "GET"))},
  };
  const Router router = make_router();
  for (const Case& c : cases) {
    const Response response = router.answer_unrouted(c.request);
    EXPECT_EQ(response.status, c.status) << c.name;
    EXPECT_EQ(response.fields, c.fields) << c.name;
  }
}

TEST(Router, a_response_names_the_origin_that_may_read_it) {
  struct Case {
    std::vector<std::string> origins;
    const char* origin;
    const char* allowed;
    bool varies;
  };
  const Case cases[] = {
      {{}, kApp, "", false},  {{kApp}, kApp, kApp, true}, {{kApp}, "https://app.example.org.evil", "", true},
      {{kApp}, "", "", true}, {{"*"}, kApp, kApp, true},
  };
  for (const Case& c : cases) {
    Response response;
    add_cors_fields({c.origins}, {.origin = c.origin}, response);
    std::string allowed;
    std::string vary;
    for (const auto& [name, value] : response.fields) (name == "Vary" ? vary : allowed) = value;
    EXPECT_EQ(allowed, c.allowed) << c.origin;
    EXPECT_EQ(vary, c.varies ? "Origin" : "") << c.origin;
  }
}

}  // namespace
}  // namespace turnpike::http
