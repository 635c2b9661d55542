// LiveKit's own file, read.
#include "turnpike/livekit/server_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace turnpike::livekit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Its faults, a line each.
std::string refusal(const std::string& text) {
  return fmt::format("{}", fmt::join(parse_server_config(text, "livekit.yaml").faults, "\n"));
}

constexpr const char* kFull = R"(
port: 7887
bind_addresses: [10.0.0.5]
redis: {address: "redis:6379", db: 1}
rtc:
  tcp_port: 7881
  udp_port: 7882-7892
  port_range_start: 50000
  port_range_end: 60000
  node_ip: 203.0.113.5,2001:db8::5
  use_external_ip: false
  use_stun_port_as_ice: true
  stun_servers: ["stun.example.com:3478", "192.0.2.9:19302"]
  turn_servers:
    - {host: turn.example.com, port: 443, protocol: tls, secret: s1, ttl: 3600}
    - {host: turn.example.com, port: 3478, protocol: udp, secret_file: /etc/secret}
    - {host: other.example.com, port: 3478, username: u, credential: c}
keys: {APIone: secret one, APItwo: secret two}
turn:
  enabled: true
  domain: turn.example.com
  bind_addresses: [127.0.0.9]
  udp_port: 3478
  tls_port: 5349
  external_tls: true
  cert_file: /etc/cert.pem
  key_file: /etc/key.pem
  relay_range_start: 30000
  relay_range_end: 40000
  ttl_seconds: 600
  per_user_relay_allocation_limit: 6
  proxy_protocol: true
  proxy_protocol_trusted_cidrs: [10.0.0.1/32]
  allow_restricted_peer_cidrs: [10.0.0.0/8]
  deny_peer_cidrs: [10.9.0.0/16]
  something_new: 1
webhook: {api_key: APIone, urls: ["http://127.0.0.1:9478/livekit/webhook"]}
room: {auto_create: true}
)";

TEST(ServerConfig, every_key_that_concerns_us_is_read_and_all_others_are_listed) {
  ServerConfig expected;
  expected.keys = {{"APIone", "secret one"}, {"APItwo", "secret two"}};
  expected.redis.address = "redis:6379";
  expected.redis.db = 1;
  expected.has_redis = true;
  expected.port = 7887;
  expected.bind_addresses = {"10.0.0.5"};
  expected.rtc = {{IpAddress::v4(203, 0, 113, 5), *IpAddress::parse("2001:db8::5")},
                  false,
                  turn::PortRange{7882, 7892},
                  50000,
                  60000,
                  true,
                  {"stun.example.com:3478", "192.0.2.9:19302"}};
  expected.turn_servers = {{"turn.example.com", 443, Transport::tls, "s1", "", 3600},
                           {"turn.example.com", 3478, Transport::udp, "", "/etc/secret", 0},
                           {"other.example.com", 3478, Transport::tcp, "", "", 0, "u", "c"}};
  EmbeddedTurn& turn = expected.turn;
  turn.enabled = turn.external_tls = turn.proxy_protocol = true;
  turn.domain = "turn.example.com";
  turn.bind_addresses = {"127.0.0.9"};
  turn.udp_port = 3478;
  turn.tls_port = 5349;
  turn.cert_file = "/etc/cert.pem";
  turn.key_file = "/etc/key.pem";
  turn.relay_range_start = 30000;
  turn.relay_range_end = 40000;
  turn.ttl_seconds = 600;
  turn.allocations_per_user = 6;
  turn.proxy_protocol_trusted = {*IpPrefix::parse("10.0.0.1/32")};
  turn.allow_restricted_peers = {*IpPrefix::parse("10.0.0.0/8")};
  turn.deny_peers = {*IpPrefix::parse("10.9.0.0/16")};
  expected.webhook_api_key = "APIone";
  expected.webhook_urls = {"http://127.0.0.1:9478/livekit/webhook"};
  expected.ignored = {"rtc.tcp_port", "turn.something_new", "room"};
  EXPECT_EQ(parse_server_config(kFull, "livekit.yaml"), expected);
}

TEST(ServerConfig, merged_maps_give_what_a_map_does_not_say_itself) {
  const ServerConfig config = parse_server_config(
      "common: &common {udp_port: 3478, domain: a}\nturn:\n  <<: *common\n  domain: b\n", "");
  EXPECT_EQ(config.turn.udp_port, 3478);
  EXPECT_EQ(config.turn.domain, "b");
  EXPECT_EQ(parse_server_config("turn: {<<: [{udp_port: 1}, {udp_port: 2, tls_port: 3}]}", "").turn.udp_port,
            1);
}

TEST(ServerConfig, a_secret_that_was_never_filled_in_is_refused) {
  EXPECT_EQ(refusal("keys:\n  APIkey: ${SECRET}\n"), "livekit.yaml:2: keys: ${SECRET} was never filled in");
  EXPECT_EQ(refusal("rtc:\n  turn_servers:\n  - {host: a, port: 1, secret: \"${SECRET}\"}\n"),
            "livekit.yaml:3: rtc.turn_servers: secret: ${SECRET} was never filled in");
}

TEST(ServerConfig, an_empty_file_and_empty_sections_are_livekits_defaults) {
  EXPECT_EQ(parse_server_config("", ""), ServerConfig{});
  EXPECT_EQ(parse_server_config("turn:\nrtc:\nkeys:\nredis:\nwebhook:\n", ""), ServerConfig{});
  EXPECT_EQ(parse_server_config("turn: {udp_port: ~, domain: ''}\nredis: {address: ''}\n", ""),
            ServerConfig{});
}

TEST(ServerConfig, redis_is_read_as_livekit_has_it_and_what_is_odd_there_is_no_fault) {
  const ServerConfig config = parse_server_config(R"(
redis:
  username: livekit
  password: "12345"
  db: 2
  use_tls: true
  sentinel_master_name: main
  sentinel_username: guard
  sentinel_password: hidden
  sentinel_addresses: ["s1:26379", "s2:26379"]
  pool_size: 20
)",
                                                  "");
  Redis expected;
  expected.username = "livekit";
  expected.password = "12345";
  expected.db = 2;
  expected.use_tls = true;
  expected.sentinel_addresses = {"s1:26379", "s2:26379"};
  expected.sentinel_master_name = "main";
  expected.sentinel_username = "guard";
  expected.sentinel_password = "hidden";
  EXPECT_EQ(config.redis, expected);
  const ServerConfig odd =
      parse_server_config("redis: {address: 'a:1', db: x, use_tls: [1], sentinel_addresses: b}", "");
  EXPECT_THAT(odd.faults, testing::IsEmpty());
  EXPECT_TRUE(odd.has_redis);
}

TEST(ServerConfig, any_address_of_redis_makes_more_than_one_node) {
  for (const char* redis : {"address: redis:6379", "sentinel_addresses: [a]", "cluster_addresses: [a, b]"}) {
    EXPECT_TRUE(parse_server_config(std::string("redis: {") + redis + "}", "").has_redis) << redis;
  }
  EXPECT_FALSE(parse_server_config("redis: {db: 1, sentinel_addresses: []}", "").has_redis);
}

TEST(ServerConfig, a_wrong_value_is_refused_by_file_line_and_key) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case cases[] = {
      {"turn:\n  udp_port: many\n",
       "livekit.yaml:2: turn.udp_port: \"many\" is not a number from 0 to 65535"},
      {"turn:\n  enabled: maybe\n", "livekit.yaml:2: turn.enabled: \"maybe\" is not true or false"},
      {"turn: 3478\n", "livekit.yaml:1: turn: must be a map"},
      {"- turn\n", "livekit.yaml:1: LiveKit's configuration: must be a map"},
      {"turn:\n  deny_peer_cidrs:\n  - 10.0.0.0/8\n  - 10.0.0.0/99\n",
       "livekit.yaml:4: turn.deny_peer_cidrs: \"10.0.0.0/99\" is not a CIDR prefix, such as 10.0.0.0/8"},
      {"rtc:\n  udp_port: 9-8\n", "livekit.yaml:2: rtc.udp_port: \"9-8\" is not a port or a range of ports"},
      {"rtc:\n  node_ip: here\n",
       "livekit.yaml:2: rtc.node_ip: \"here\" is not an IPv4 address, an IPv6 address, or one of each with a "
       "comma between"},
      {"rtc:\n  turn_servers: {}\n", "livekit.yaml:2: rtc.turn_servers: must be a list"},
      {"rtc:\n  turn_servers:\n  - turn.example.com\n",
       "livekit.yaml:3: rtc.turn_servers: must be a list of maps"},
      {"rtc:\n  turn_servers:\n  - host: a\n    port: x\n",
       "livekit.yaml:4: rtc.turn_servers: port: \"x\" is not a number from 0 to 65535"},
      {"rtc:\n  turn_servers:\n  - host: a\n", "livekit.yaml:3: rtc.turn_servers: needs host and port"},
      {"keys: [a]\n", "livekit.yaml:1: keys: must be a map of API keys and their secrets"},
      {"turn: {}\nport: 1\nturn: {}\n", "livekit.yaml:3: turn: is there twice"},
      {"turn:\n  domain: a\n  domain: b\n", "livekit.yaml:3: turn.domain: is there twice"},
      {"rtc: {port_range_start: 2, port_range_end: 1}",
       "livekit.yaml: rtc.port_range_start: must not be above rtc.port_range_end"},
      {"turn: {relay_range_start: 2, relay_range_end: 1}",
       "livekit.yaml: turn.relay_range_start: must not be above turn.relay_range_end"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(refusal(text), expected);
}

TEST(ServerConfig, what_is_not_yaml_is_refused_by_its_line) {
  try {
    parse_server_config("turn: [\n", "livekit.yaml");
    FAIL();
  } catch (const yaml::ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("livekit.yaml:2: "));
  }
}

TEST(ServerConfig, every_wrong_value_is_told_and_the_others_are_taken) {
  const ServerConfig config = parse_server_config(R"(port: x
keys: {APIone: "${ONE}", APItwo: two, APIthree: [three]}
turn:
  enabled: true
  udp_port: many
  deny_peer_cidrs: [10.0.0.0/99, 10.0.0.0/8, here]
rtc:
  node_ip: here
  turn_servers:
  - {host: a, port: x, ttl: y}
  - turn.example.com
  - {host: b, port: 2}
webhook: 1
)",
                                                  "f");
  EXPECT_THAT(config.faults,
              ElementsAre("f:1: port: \"x\" is not a number from 0 to 65535",
                          "f:2: keys: ${ONE} was never filled in", "f:2: keys: must be one value, not a list",
                          "f:5: turn.udp_port: \"many\" is not a number from 0 to 65535",
                          HasSubstr("f:6: turn.deny_peer_cidrs: \"10.0.0.0/99\" is not a CIDR"),
                          HasSubstr("f:6: turn.deny_peer_cidrs: \"here\" is not a CIDR"),
                          HasSubstr("f:8: rtc.node_ip: \"here\" is not"),
                          "f:10: rtc.turn_servers: port: \"x\" is not a number from 0 to 65535",
                          HasSubstr("f:10: rtc.turn_servers: ttl: \"y\" is not a number"),
                          "f:11: rtc.turn_servers: must be a list of maps", "f:13: webhook: must be a map"));
  EXPECT_EQ(config.keys, (auth::Secrets{{"APItwo", "two"}}));
  EXPECT_TRUE(config.turn.enabled);
  EXPECT_THAT(config.turn.deny_peers, ElementsAre(*IpPrefix::parse("10.0.0.0/8")));
  ASSERT_EQ(config.turn_servers.size(), 1U);
  EXPECT_EQ(config.turn_servers.front().host, "b");
}

TEST(ServerConfig, what_livekit_alone_understands_may_be_anything) {
  EXPECT_EQ(refusal("logging: 7\nroom: [a]\n? [a]\n: b\nrtc: {packet_buffer_size: no}\n"), "");
  EXPECT_THAT(parse_server_config("logging: 7\nrtc: {interfaces: {includes: [a]}}\n", "").ignored,
              ElementsAre("logging", "rtc.interfaces"));
}

class ServerConfigFiles : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    return folder_.write(name, text);
  }

  TemporaryFolder folder_;
};

TEST_F(ServerConfigFiles, secrets_in_files_are_read_as_livekit_reads_them) {
  const std::string keys = write("keys.yaml", "APIfile: secret from a file\n");
  const std::string secret = write("secret", "  shared secret \n\n");
  const auto config = load_server_config(write(
      "livekit.yaml",
      "key_file: " + keys +
          "\nkeys: {APIinline: s}\nrtc:\n  turn_servers:\n  - {host: a, port: 1, secret_file: " + secret +
          "}\n  - {host: a, port: 1, secret: inline, secret_file: /nowhere}\n"));
  EXPECT_EQ(config.keys, (auth::Secrets{{"APIfile", "secret from a file"}}))
      << "a key file replaces the keys";
  ASSERT_EQ(config.turn_servers.size(), 2U);
  EXPECT_EQ(config.turn_servers[0].secret, "shared secret");
  EXPECT_EQ(config.turn_servers[1].secret, "inline") << "the file is not read";
}

TEST_F(ServerConfigFiles, keys_of_the_variable_replace_those_of_the_file_but_not_those_of_a_key_file) {
  const std::string file = write("livekit.yaml", "keys: {APIinline: s}\n");
  const auto from_variable = load_server_config(file, "APIvariable: secret\n");
  EXPECT_EQ(from_variable.keys, (auth::Secrets{{"APIvariable", "secret"}}));
  EXPECT_EQ(from_variable.keys_source, "LIVEKIT_KEYS");
  EXPECT_EQ(load_server_config(file).keys, (auth::Secrets{{"APIinline", "s"}}));
  const std::string keys = write("keys.yaml", "APIfile: secret\n");
  EXPECT_EQ(load_server_config(write("b.yaml", "key_file: " + keys), "APIvariable: x").keys,
            (auth::Secrets{{"APIfile", "secret"}}));
  EXPECT_THAT(load_server_config(file, "APIvariable").faults, ElementsAre(HasSubstr("LIVEKIT_KEYS:1: ")));
}

TEST_F(ServerConfigFiles, a_file_that_is_missing_or_wrong_is_refused_by_the_key_that_names_it) {
  const auto refused = [&](const std::string& text) {
    return fmt::format("{}", fmt::join(load_server_config(write("livekit.yaml", text)).faults, "\n"));
  };
  EXPECT_EQ(refused("key_file: /nowhere"), "key_file: /nowhere: No such file or directory");
  const std::string keys = write("keys.yaml", "APIa: s\nAPIa: s\n");
  EXPECT_EQ(refused("key_file: " + keys), keys + ":2: \"APIa\" is there twice");
  const std::string servers = "rtc: {turn_servers: [{host: a, port: 1, secret_file: ";
  EXPECT_EQ(refused(servers + "/nowhere}]}"),
            "rtc.turn_servers: secret_file: /nowhere: No such file or directory");
  const std::string empty = write("empty", " \n");
  EXPECT_EQ(refused(servers + empty + "}]}"), "rtc.turn_servers: secret_file: " + empty + ": is empty");
  EXPECT_THROW(load_server_config("/nowhere"), yaml::ConfigError);
}

}  // namespace
}  // namespace turnpike::livekit
