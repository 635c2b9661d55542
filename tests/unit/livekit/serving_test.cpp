// What LiveKit's configuration promises of this server, and what it says to people.
#include "turnpike/livekit/serving.hpp"

#include <gmock/gmock.h>

#include <gtest/gtest.h>
#include <algorithm>

namespace turnpike::livekit {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

ServerConfig config(const std::string& yaml) { return parse_server_config(yaml, "livekit.yaml"); }

constexpr const char* kExternal = R"(
keys: {APIkey: secret}
rtc:
  node_ip: 203.0.113.5
  turn_servers:
    - {host: turn.example.com, port: 3478, protocol: udp, secret: s}
    - {host: turn.example.com, port: 3478, protocol: tcp, secret: s}
    - {host: turn.example.com, port: 443, protocol: tls, secret: s}
webhook: {api_key: APIkey, urls: ["http://127.0.0.1:9478/livekit/webhook"]}
)";

constexpr const char* kDropIn = R"(
keys: {APIkey: secret}
rtc: {node_ip: "203.0.113.5,2001:db8::5"}
turn:
  enabled: true
  domain: turn.example.com
  bind_addresses: [127.0.0.9]
  udp_port: 3478
  tls_port: 5349
  external_tls: true
  relay_range_start: 20000
  relay_range_end: 20999
webhook: {api_key: APIkey, urls: ["http://127.0.0.1:9478/livekit/webhook"]}
)";

TEST(Serving, the_external_server_is_what_turn_servers_lists) {
  Serving expected;
  expected.api = *Endpoint::parse("127.0.0.1:7880");
  expected.udp = expected.tcp = {3478};
  expected.tls = {443};
  expected.urls = {"turn:turn.example.com:3478?transport=udp", "turn:turn.example.com:3478?transport=tcp",
                   "turns:turn.example.com:443?transport=tcp"};
  expected.rest_secrets = {"s"};
  expected.ttl_s = 14400;
  EXPECT_EQ(serving(config(kExternal)), expected);
}

TEST(Serving, the_drop_in_is_where_clients_look_for_the_embedded_server) {
  Serving expected;
  expected.api = *Endpoint::parse("127.0.0.1:7880");
  expected.udp = {3478};
  expected.tls = {443};
  expected.behind_balancer = {5349};
  expected.relay_ports = turn::PortRange{20000, 20999};
  expected.urls = {"turn:203.0.113.5:3478?transport=udp", "turn:[2001:db8::5]:3478?transport=udp",
                   "turns:turn.example.com:443?transport=tcp"};
  expected.ttl_s = 300;
  EXPECT_EQ(serving(config(kDropIn)), expected);
}

TEST(Serving, an_embedded_server_that_is_off_promises_nothing) {
  Serving expected;
  expected.api = *Endpoint::parse("127.0.0.1:7880");
  expected.ttl_s = 300;
  EXPECT_EQ(serving(config("rtc: {node_ip: 203.0.113.5}\nturn: {udp_port: 3478, tls_port: 5349, domain: a}")),
            expected);
}

TEST(Serving, a_name_and_password_that_all_share_are_understood) {
  const ServerConfig c =
      config("rtc: {turn_servers: [{host: a, port: 3478, protocol: udp, username: u, credential: hidden}]}");
  EXPECT_THAT(serving(c).urls, ElementsAre("turn:a:3478?transport=udp"));
  EXPECT_THAT(serving(c).udp, ElementsAre(3478));
  EXPECT_EQ(serving(c).users, (auth::Secrets{{"u", "hidden"}}));
  EXPECT_THAT(explain(c).ignored, IsEmpty());
  EXPECT_THAT(explain(c).understood,
              Contains("rtc.turn_servers: the name u and its password, which all participants share"));
}

TEST(Serving, a_secret_goes_before_a_name_as_for_livekit) {
  const Serving s =
      serving(config("rtc: {turn_servers: [{host: a, port: 1, secret: s, username: u, credential: c}]}"));
  EXPECT_THAT(s.rest_secrets, ElementsAre("s"));
  EXPECT_TRUE(s.users.empty());
}

TEST(Serving, a_server_without_credentials_is_none_of_ours) {
  const ServerConfig c = config("rtc: {turn_servers: [{host: a, port: 3478, username: u}]}");
  EXPECT_THAT(serving(c).urls, IsEmpty());
  EXPECT_THAT(explain(c).ignored,
              ElementsAre("rtc.turn_servers: a:3478 has neither a secret nor username and credential"));
}

TEST(Serving, what_is_given_is_not_asked_for) {
  const ServerConfig c = config("{keys: {a: b}, turn: {enabled: true, domain: a, udp_port: 3478}}");
  const auto asks_for = [&](const Given& given, const char* text) {
    const Notes notes = explain(c, given);
    std::vector<std::string> all = notes.understood;
    all.insert(all.end(), notes.livekit_needs.begin(), notes.livekit_needs.end());
    return std::ranges::any_of(all, [&](const std::string& line) { return line.find(text) != line.npos; });
  };
  EXPECT_TRUE(asks_for({}, "peers.allow needs"));
  EXPECT_FALSE(asks_for({.peers = true}, "peers.allow needs"));
  EXPECT_TRUE(asks_for({}, "this server must have that one"));
  EXPECT_FALSE(asks_for({.addresses = true}, "this server must have that one"));
}

TEST(Serving, the_server_api_is_taken_to_be_on_this_host) {
  const struct {
    const char* yaml;
    const char* url;
  } cases[] = {
      {"{}", "http://127.0.0.1:7880"},
      {"{port: 80, bind_addresses: [0.0.0.0]}", "http://127.0.0.1:80"},
      {"{bind_addresses: [\"::\"]}", "http://127.0.0.1:7880"},
      {"{bind_addresses: [localhost, 10.0.0.5, 10.0.0.6]}", "http://10.0.0.5:7880"},
      {"{bind_addresses: [\"::1\"]}", "http://[::1]:7880"},
  };
  for (const auto& c : cases) EXPECT_EQ(serving(config(c.yaml)).api_url(), c.url) << c.yaml;
  EXPECT_THAT(explain(config("keys: {a: b}")).understood,
              Contains(StartsWith("port: LiveKit is asked who is there at http://127.0.0.1:7880; if")));
  EXPECT_THAT(explain(config("port: 80")).understood, Not(Contains(StartsWith("port:"))));
  EXPECT_THAT(explain(config("{keys: {a: b}, redis: {address: a}}")).understood,
              Contains(HasSubstr("one node tells of all")));
}

TEST(Serving, credentials_live_as_long_as_livekits) {
  struct Case {
    const char* yaml;
    std::int64_t expected_s;
  };
  const Case cases[] = {
      {"turn: {enabled: true, udp_port: 3478, ttl_seconds: 600}", 600},
      {"turn: {enabled: true, udp_port: 3478, ttl_seconds: -1}", 300},
      {"turn: {enabled: true, udp_port: 3478, ttl_seconds: 1000000}", 86400},
      {"rtc: {turn_servers: [{host: a, port: 1, secret: s}]}", 14400},
      {"rtc: {turn_servers: [{host: a, port: 1, secret: s, ttl: -1}]}", 300},
      {"rtc: {turn_servers: [{host: a, port: 1, secret: s, ttl: 60}, {host: a, port: 2, secret: s, ttl: "
       "90}]}",
       60},
      {"turn: {enabled: true, udp_port: 1}\nrtc: {turn_servers: [{host: a, port: 1, secret: s, ttl: 60}]}",
       300},
  };
  for (const auto& [yaml, expected_s] : cases) EXPECT_EQ(serving(config(yaml)).ttl_s, expected_s) << yaml;
}

TEST(Explain, a_complete_configuration_needs_nothing_more) {
  EXPECT_THAT(explain(config(kExternal)).livekit_needs, IsEmpty());
  EXPECT_THAT(explain(config(kDropIn)).livekit_needs, IsEmpty());
}

TEST(Explain, says_what_was_understood_and_what_not) {
  const Notes notes = explain(config(std::string(kDropIn) + "room: {auto_create: true}\n"));
  EXPECT_THAT(
      notes.understood,
      ElementsAre(
          "keys: 1, for credentials, webhooks and access tokens",
          "port: LiveKit is asked who is there at http://127.0.0.1:7880; if it is elsewhere, livekit.url "
          "has to say so",
          "turn.enabled: this server takes the place of LiveKit's own TURN server",
          "turn.per_user_relay_allocation_limit: a participant has at most 12 allocations",
          "turn and rtc.turn_servers: clients are sent to turn:203.0.113.5:3478?transport=udp "
          "turn:[2001:db8::5]:3478?transport=udp turns:turn.example.com:443?transport=tcp",
          "turn.relay_range_start: relay ports are 20000-20999",
          "rtc and turn: clients may reach 203.0.113.5/32 at ports 50000-60000",
          "rtc and turn: clients may reach 2001:db8::5/128 at ports 50000-60000"));
  EXPECT_THAT(notes.ignored, ElementsAre("room"));
  EXPECT_THAT(explain(config("")).understood, Contains(StartsWith("rtc: rtc.node_ip is not set")));
}

TEST(Explain, no_secret_is_said) {
  const Notes notes =
      explain(config("keys: {APIkey: hidden}\nrtc: {turn_servers: [{host: a, port: 1, secret: hidden}]}"));
  for (const auto* lines : {&notes.understood, &notes.ignored, &notes.livekit_needs}) {
    EXPECT_THAT(*lines, Not(Contains(HasSubstr("hidden"))));
  }
}

TEST(Explain, each_thing_that_livekit_lacks_is_said) {
  struct Case {
    const char* name;
    std::string find, replace;  // in kDropIn
    const char* expected;
  };
  const Case cases[] = {
      {"keys", "keys: {APIkey: secret}", "", "keys: there are none in this file"},
      {"servers", "enabled: true", "enabled: false",
       "turn, rtc.turn_servers: clients are not sent to any TURN server"},
      {"TLS", "tls_port: 5349", "", "rtc.turn_servers: none has `protocol: tls`"},
      {"bind address", "bind_addresses: [127.0.0.9]", "", "turn.bind_addresses: "},
      {"public bind address", "127.0.0.9", "203.0.113.5", "turn.bind_addresses: "},
      {"node_ip", "node_ip: \"203.0.113.5,2001:db8::5\"", "", "rtc.node_ip: "},
      {"certificate", "external_tls: true", "", "turn.external_tls: must be true"},
      {"webhook", "urls: [", "urls: [] #", "webhook.urls: none ends in /livekit/webhook"},
      {"webhook key", "api_key: APIkey", "api_key: APIother", "webhook.api_key: is none of keys"},
  };
  for (const auto& [name, find, replace, expected] : cases) {
    std::string yaml = kDropIn;
    ASSERT_NE(yaml.find(find), std::string::npos) << name;
    yaml.replace(yaml.find(find), find.size(), replace);
    if (std::string_view(name) == "webhook") yaml = yaml.substr(0, yaml.find("webhook:"));
    EXPECT_THAT(explain(config(yaml)).livekit_needs, Contains(StartsWith(expected))) << name;
  }
}

}  // namespace
}  // namespace turnpike::livekit
