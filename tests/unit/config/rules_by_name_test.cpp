// Names and servers that cannot be, and those that are of no use.
#include <gmock/gmock.h>

#include <algorithm>

#include "turnpike/config/check.hpp"
#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RulesByName : public ConfigFiles {
 protected:
  // With a listener for TLS on port 443 of all addresses, and one for TCP on port 3478 of all IPv4 addresses.
  static std::string with_listeners(const std::string& keys) {
    return "{listen: {tls: [\"0.0.0.0:443\", \"[::]:443\"], tcp: [\"0.0.0.0:3478\"]}, " + keys + "}";
  }
  static std::string tls(const std::string& keys) {
    return with_listeners("tls: {certificate: c, key: k, " + keys + "}");
  }
  static std::string http(const std::string& keys) {
    return with_listeners("tls: {certificate: c, key: k}, http: {" + keys + "}");
  }
  // The rule that is broken first, with its key.
  std::string broken(const std::string& yaml) const {
    const Loaded loaded = read_config(write("turnpike.yaml", yaml), overrides_);
    const Findings all = find_broken_rules(loaded.config, loaded.origins);
    const auto found = std::ranges::find(all, Severity::error, &Finding::severity);
    return found == all.end() ? "" : found->key + ": " + found->text;
  }
};

TEST_F(RulesByName, a_name_has_a_certificate_or_another_server) {
  const std::string names =
      "names: {A.example: {certificate: c, key: k}, \"*.example\": {certificate: c, key: k}}";
  EXPECT_EQ(broken(tls(names + ", passthrough: {a.example.: \"127.0.0.1:8443\"}")),
            "tls.passthrough: a.example is in tls.names, too");
  EXPECT_EQ(broken(tls(names + ", passthrough: {\"*.EXAMPLE\": \"127.0.0.1:8443\"}")),
            "tls.passthrough: *.example is in tls.names, too");
}

TEST_F(RulesByName, no_connection_is_led_back_to_where_it_came_from) {
  const struct {
    const char* server;
    const char* wrong;
  } table[] = {
      {"127.0.0.1:443", "127.0.0.1:443 leads back here: listen.tls has 0.0.0.0:443"},
      {"[::1]:443", "[::1]:443 leads back here: listen.tls has 0.0.0.0:443"},
      {"127.0.0.2:3478", "127.0.0.2:3478 leads back here: listen.tcp has 0.0.0.0:3478"},
      {"0.0.0.0:8443", "0.0.0.0:8443 is not the address of a server"},
      {"192.0.2.1:443", ""},
      {"127.0.0.1:8443", ""},
  };
  for (const auto& [server, wrong] : table) {
    const std::string quoted = "\"" + std::string(server) + "\"";
    const auto error = [&](const std::string& key) {
      return *wrong == '\0' ? std::string() : key + ": " + wrong;
    };
    EXPECT_EQ(broken(tls("passthrough: {a.example: " + quoted + "}")), error("tls.passthrough"));
    EXPECT_EQ(broken(http("upstream: " + quoted)), error("http.upstream"));
    EXPECT_EQ(broken(http("upstream: {a.example: " + quoted + "}")), error("http.upstream"));
  }
  EXPECT_EQ(
      broken("{listen: {tls: [\"192.0.2.1:443\"]}, tls: {certificate: c, key: k, passthrough: {a.example: "
             "\"192.0.2.1:443\"}}}"),
      "tls.passthrough: 192.0.2.1:443 leads back here: listen.tls has 192.0.2.1:443");
}

TEST_F(RulesByName, what_nobody_can_ask_for_is_warned_of) {
  const std::string place = path("turnpike.yaml") + ":1: ";
  const std::pair<const char*, const char*> table[] = {
      {"tls: {names: {a.example: {certificate: c, key: k}}}",
       "tls.names: is not used: listen.tls has no address"},
      {"http: {upstream: \"127.0.0.1:7880\"}", "http.upstream: is not used: listen.tls has no address"},
      {"http: {proxy_protocol: true}", "http.proxy_protocol: is of no use without http.upstream"},
      {"{http: {acme_webroot: w}, listen: {tcp: []}}",
       "http.acme_webroot: is not used: listen.tcp has no address"},
      {"http: {acme_webroot: w}",
       "http.acme_webroot: challenges are asked for at port 80, which no address of listen.tcp has"},
      {"{http: {check_page: /check}, credentials: {rest_secrets: [12345678901234567890]}}",
       "http.check_page: is not used: listen.tls has no address"},
  };
  for (const auto& [yaml, warning] : table) EXPECT_THAT(load(yaml).warnings, ElementsAre(place + warning));
  EXPECT_THAT(load(http("upstream: \"127.0.0.1:7880\", proxy_protocol: true")).warnings, IsEmpty());
  EXPECT_THAT(load("{http: {acme_webroot: w}, listen: {tcp: [\"0.0.0.0:3478\", \"0.0.0.0:80\"]}}").warnings,
              IsEmpty());
}

TEST_F(RulesByName, the_check_page_has_a_plain_path) {
  for (const char* path : {"/check", "/.turnpike/check", "/a-b_c~1/d.html"})
    EXPECT_EQ(broken(http("check_page: " + std::string(path))), "") << path;
  for (const std::string path : {"check", "/", "/check/", "/a//b", "/a/./b", "/../a", "/a/..", "/a?b",
                                 "/a%20", "/<b>", "/a b", "/\\\"", "//a"})
    EXPECT_THAT(broken(http("check_page: \"" + path + "\"")), testing::HasSubstr("is no path such as"))
        << path;
  EXPECT_EQ(broken(http("check_page: /" + std::string(127, 'a'))), "");
  EXPECT_NE(broken(http("check_page: /" + std::string(128, 'a'))), "");
}

TEST_F(RulesByName, the_check_page_needs_something_to_make_credentials_with_and_says_so) {
  const auto with = [this](const std::string& credentials) {
    return load(
               "{listen: {tls: [\"0.0.0.0:443\"]}, tls: {certificate: c, key: k}, http: {check_page: "
               "/check}, "
               "credentials: {" +
               credentials + "}}")
        .warnings;
  };
  EXPECT_THAT(with("users: {a: b}"), ElementsAre(testing::HasSubstr("http.check_page: stays off: ")));
  EXPECT_THAT(with("rest_secrets: [short]"), ElementsAre(testing::HasSubstr("fewer than 20 characters")));
  EXPECT_THAT(with("rest_secrets: [\"12345678901234567890\", short]"), IsEmpty());
  EXPECT_THAT(with("livekit_keys: {a: \"12345678901234567890\"}"), IsEmpty());
}

}  // namespace
}  // namespace turnpike::config
