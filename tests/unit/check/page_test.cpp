// What the page's routes answer, and to whom.
#include "turnpike/check/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "turnpike/check/page_files.hpp"
#include "turnpike/config/credentials.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::check {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace json = boost::json;

std::string field(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return "";
}

class PageTest : public testing::Test {
 protected:
  PageTest() {
    config_.credentials.rest_secrets = {"north"};
    config_.http.check_page = "/.turnpike/check";
    config_.listen.udp = {*Endpoint::parse("0.0.0.0:3478")};
    config_.listen.tcp.clear();
    config_.listen.tls = {*Endpoint::parse("0.0.0.0:443")};
  }
  http::Response ask(http::Request request) {
    const http::Router router(page_.routes(config_));
    const http::Route* const route = router.find(request.method, request.path);
    return route == nullptr ? http::http_error(404) : std::get<http::Handler>(route->handler)(request);
  }
  static http::Request get(std::string path) {
    return {.method = "GET", .path = std::move(path), .host = "a.example", .by_tls = true};
  }
  static http::Request post() {
    return {.method = "POST",
            .path = "/.turnpike/check/credentials",
            .origin = "https://a.example",
            .fetch_site = "same-origin",
            .host = "a.example",
            .from = IpAddress::v4(198, 51, 100, 7),
            .by_tls = true};
  }
  json::object mint() { return json::parse(ask(post()).body).as_object(); }

  config::Config config_;
  Page page_{"turnpike 1.2.3", [] { return std::vector{IpAddress::v4(192, 0, 2, 5)}; }};
};

TEST_F(PageTest, is_there_only_where_it_is_asked_for_and_can_make_credentials) {
  EXPECT_EQ(page_.routes(config_).size(), page_files().size() + 3);
  config_.http.check_page = "";
  EXPECT_THAT(page_.routes(config_), IsEmpty());
  config_.http.check_page = "/check";
  config_.credentials.rest_secrets.clear();
  config_.credentials.users = {{"a", "b"}};
  EXPECT_THAT(page_.routes(config_), IsEmpty());
  config_.credentials.livekit_keys = {{"a", "b"}};
  EXPECT_FALSE(page_.routes(config_).empty());
}

TEST_F(PageTest, has_files_with_a_strict_policy) {
  const http::Response page = ask(get("/.turnpike/check"));
  EXPECT_EQ(page.status, 200U);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(page.body, HasSubstr("\"/.turnpike/check/page.js\""));
  EXPECT_EQ(page.body.find("{{"), std::string::npos);
  for (const PageFile& each : page_files()) {
    if (each.name == "page.html") continue;
    const http::Response file = ask(get("/.turnpike/check/" + std::string(each.name)));
    EXPECT_EQ(file.body, each.content);
    EXPECT_EQ(file.content_type, each.content_type);
  }
  for (const http::Response& each : {page, ask(get("/.turnpike/check/page.js")), ask(post())}) {
    EXPECT_EQ(
        field(each, "Content-Security-Policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' "
        "wss://a.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    EXPECT_EQ(field(each, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(field(each, "Referrer-Policy"), "no-referrer");
  }
  EXPECT_EQ(field(page, "Cache-Control"), "no-cache");
  EXPECT_EQ(field(ask(get("/.turnpike/check/")), "Location"), "/.turnpike/check");
  EXPECT_EQ(field(ask(post()), "Cache-Control"), "") << "the server's default, which is no-store";
}

TEST_F(PageTest, is_not_there_without_TLS) {
  for (http::Request request : {get("/.turnpike/check"), get("/.turnpike/check/page.js"), post()}) {
    request.by_tls = false;
    EXPECT_EQ(ask(request), http::http_error(404)) << request.path;
  }
}

TEST_F(PageTest, no_host_field_writes_the_policy) {
  for (const char* host : {"", "a.example; script-src *", "a b", "a'", "a:99999999", "[::1", "*"}) {
    http::Request request = get("/.turnpike/check");
    request.host = host;
    EXPECT_THAT(field(ask(request), "Content-Security-Policy"), HasSubstr("connect-src 'self'; ")) << host;
    http::Request asked = post();
    asked.host = host;
    asked.origin = "https://" + asked.host;
    EXPECT_EQ(ask(asked).status, 403U) << host;
  }
  for (const char* host : {"a.example:8443", "192.0.2.5", "[2001:db8::5]:443", "localhost"}) {
    http::Request request = get("/.turnpike/check");
    request.host = host;
    EXPECT_THAT(field(ask(request), "Content-Security-Policy"),
                HasSubstr("wss://" + std::string(host) + ";"));
  }
}

TEST_F(PageTest, gives_credentials_that_the_server_takes_with_the_ways_to_try) {
  const UnixSeconds now = net::read_clock().unix_s;
  const http::Response response = ask(post());
  EXPECT_EQ(response.status, 201U);
  EXPECT_EQ(response.content_type, "application/json");
  const json::object minted = json::parse(response.body).as_object();
  std::vector<turn::Credential> found;
  config::make_credentials(config_)->find(std::string(minted.at("username").as_string()), found);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].password, minted.at("credential").as_string());
  EXPECT_EQ(found[0].kind, turn::NameKind::visitor);
  EXPECT_NEAR(static_cast<double>(*found[0].expires_unix_s - now), 120, 2);
  EXPECT_EQ(minted.at("lifetime_s"), 120);
  EXPECT_EQ(minted.at("address"), "198.51.100.7");
  EXPECT_EQ(minted.at("server"), "turnpike 1.2.3");
  EXPECT_EQ(minted.at("throughput_bps_max"), 2'000'000);
  EXPECT_EQ(minted.at("stun"), json::array{"stun:192.0.2.5:3478"});
  EXPECT_TRUE(minted.at("signalling").is_null());
  EXPECT_EQ(
      json::serialize(minted.at("ways")),
      R"([{"id":"udp-ipv4","kind":"udp","family":"ipv4","port":3478,)"
      R"("urls":["turn:192.0.2.5:3478?transport=udp"]},)"
      R"({"id":"tls","kind":"tls","family":"any","port":443,"urls":["turns:a.example:443?transport=tcp"]}])");
  EXPECT_EQ(page_.mintings().of(Minting::granted), 1U);
}

TEST_F(PageTest, gives_them_to_its_own_page_alone) {
  const struct {
    const char* origin;
    const char* fetch_site;
    unsigned status;
  } table[] = {{"https://a.example", "same-origin", 201},
               {"https://a.example", "", 201},
               {"https://A.example", "", 201},
               {"", "same-origin", 201},
               {"", "", 403},
               {"https://evil.example", "cross-site", 403},
               {"https://evil.example", "same-origin", 403},
               {"https://a.example", "same-site", 403},
               {"https://a.example", "none", 403},
               {"http://a.example", "", 403},
               {"https://a.example:8443", "", 403},
               {"null", "", 403}};
  std::uint64_t refused = 0;
  for (const auto& [origin, fetch_site, status] : table) {
    http::Request request = post();
    request.origin = origin;
    request.fetch_site = fetch_site;
    const http::Response response = ask(request);
    EXPECT_EQ(response.status, status) << origin << ' ' << fetch_site;
    if (status == 403) ++refused;
    EXPECT_EQ(response.body.find("credential\"") == std::string::npos, status == 403);
  }
  EXPECT_EQ(page_.mintings().of(Minting::refused), refused);
}

TEST_F(PageTest, says_when_there_are_enough) {
  for (std::size_t i = 0; i < kVisitsOfOriginMax; ++i) EXPECT_EQ(ask(post()).status, 201U);
  const http::Response response = ask(post());
  EXPECT_EQ(response.status, 429U);
  const int wait = std::stoi(field(response, "Retry-After"));
  EXPECT_TRUE(wait > 110 && wait <= 120) << wait;
  EXPECT_TRUE(json::parse(response.body).as_object().contains("error"));
  EXPECT_EQ(page_.mintings().of(Minting::limited), 1U);
  http::Request other = post();
  other.from = IpAddress::v4(198, 51, 100, 8);
  EXPECT_EQ(ask(other).status, 201U);
}

TEST_F(PageTest, tells_what_became_of_a_web_socket) {
  config_.http.upstream = {{.host = "b.example", .prefix = "", .server = *Endpoint::parse("127.0.0.1:7880")}};
  EXPECT_TRUE(mint().at("signalling").is_null()) << "LiveKit has another name";
  config_.http.upstream.push_back(
      {.host = "", .prefix = "/rtc", .server = *Endpoint::parse("127.0.0.1:7880")});
  const json::object minted = mint();
  const json::object& signalling = minted.at("signalling").as_object();
  const std::string path(signalling.at("path").as_string()), seen(signalling.at("seen").as_string());
  ASSERT_TRUE(path.starts_with("/rtc?turnpike_check=")) << path;
  const std::string nonce = path.substr(path.find('=') + 1);
  EXPECT_EQ(seen, "/.turnpike/check/signalling?nonce=" + nonce);
  const auto tell = [&] {
    http::Request request = get("/.turnpike/check/signalling");
    request.query = "nonce=" + nonce;
    return ask(request).body;
  };
  EXPECT_EQ(tell(), R"({"arrived":false,"status":null})");
  for (const std::string query : {"", "turnpike_check", "turnpike_check=", "turnpike_check=0", "a=b"})
    page_.note_passed(query, 401);
  EXPECT_EQ(tell(), R"({"arrived":false,"status":null})");
  page_.note_passed("a=b&turnpike_check=" + nonce + "&c", 0);
  EXPECT_EQ(tell(), R"({"arrived":true,"status":null})");
  page_.note_passed("turnpike_check=" + nonce, 401);
  EXPECT_EQ(tell(), R"({"arrived":true,"status":401})");
  for (const char* query : {"", "nonce=", "nonce=0", "x"}) {
    http::Request request = get("/.turnpike/check/signalling");
    request.query = query;
    EXPECT_EQ(ask(request).status, 404U) << query;
  }
}

}  // namespace
}  // namespace turnpike::check
