// What follows from LiveKit's configuration file, what wins over it, and when it is not enough.
#include "turnpike/config/livekit_defaults.hpp"

#include <gmock/gmock.h>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kExternal = R"(
keys: {APIkey: secret}
rtc:
  node_ip: 203.0.113.5
  udp_port: 7882
  turn_servers:
    - {host: turn.example.org, port: 3478, protocol: udp, secret: north}
    - {host: turn.example.org, port: 3479, protocol: tcp, secret: north, ttl: 600}
)";
constexpr const char* kEmbedded = R"(
keys: {APIkey: secret}
rtc: {node_ip: 203.0.113.5, port_range_start: 50000, port_range_end: 50100}
turn:
  {enabled: true, domain: turn.example.org, bind_addresses: [127.0.0.9], udp_port: 3478, tls_port: 5349, external_tls: true,
   relay_range_start: 20000, relay_range_end: 21000, per_user_relay_allocation_limit: 5, deny_peer_cidrs: [192.0.2.0/24]}
)";

Endpoint at(const char* text) { return Endpoint::parse(text).value(); }
turn::PeerRule rule(const char* prefix, std::uint16_t min = 0, std::uint16_t max = 65535) {
  return {IpPrefix::parse(prefix).value(), min, max};
}

class LiveKitDefaults : public ConfigFiles {
 protected:
  Config load_with(const std::string& livekit, const std::string& yaml = "") {
    overrides_.flags = {{"livekit.config", write("livekit.yaml", livekit)}};
    return load(yaml);
  }
  std::string error_with(const std::string& livekit, const std::string& yaml = "") {
    return error_of([&] { load_with(livekit, yaml); });
  }
};

TEST_F(LiveKitDefaults, an_external_server_listens_where_clients_are_sent) {
  const Config config = load_with(kExternal);
  EXPECT_EQ(config.listen.udp, all_addresses(3478));
  EXPECT_EQ(config.listen.tcp, all_addresses(3479));
  EXPECT_THAT(config.listen.tls, IsEmpty());
  EXPECT_THAT(config.relay.addresses,
              IsEmpty());  // those of the default routes: it need not be the node's host
  EXPECT_THAT(config.credentials.rest_secrets, ElementsAre("north"));
  EXPECT_EQ(config.credentials.livekit_keys, (auth::Secrets{{"APIkey", "secret"}}));
  EXPECT_THAT(config.peers.allow, ElementsAre(rule("203.0.113.5/32", 7882, 7882)));
  EXPECT_EQ(config.relay.ports,
            (turn::PortRange{30000, 40000}));  // by default media has those that would be ours
  EXPECT_EQ(config.limits, LimitsConfig{});
  EXPECT_TRUE(config.livekit.webhook);
  EXPECT_EQ(config.livekit.url, "http://127.0.0.1:7880");
  EXPECT_THAT(config.livekit.ice_urls, ElementsAre("turn:turn.example.org:3478?transport=udp",
                                                   "turn:turn.example.org:3479?transport=tcp"));
  EXPECT_EQ(config.livekit.ice_ttl_s, 14400U);
}

TEST_F(LiveKitDefaults, the_embedded_servers_place_is_taken_on_the_nodes_own_address) {
  const Config behind = load_with(kEmbedded);
  EXPECT_THAT(behind.listen.udp, ElementsAre(at("203.0.113.5:3478")));
  EXPECT_THAT(behind.listen.tcp,
              ElementsAre(at("203.0.113.5:5349")));  // nobody gave a certificate: a balancer ends TLS
  EXPECT_THAT(behind.listen.tls, IsEmpty());
  EXPECT_THAT(behind.warnings, Contains(HasSubstr("there is no TLS here: port 5349 is plain TCP")));
  EXPECT_THAT(behind.relay.addresses, ElementsAre(IpAddress::v4(203, 0, 113, 5)));
  EXPECT_EQ(behind.relay.ports, (turn::PortRange{20000, 21000}));
  EXPECT_EQ(behind.limits.allocations_per_user, 5U);
  EXPECT_THAT(behind.peers.allow, ElementsAre(rule("203.0.113.5/32", 50000, 50100)));
  EXPECT_THAT(behind.peers.deny, ElementsAre(rule("192.0.2.0/24")));
  EXPECT_EQ(behind.livekit.ice_ttl_s, 300U);

  const Config direct = load_with(kEmbedded, "tls: {certificate: c, key: k}");
  EXPECT_THAT(direct.listen.tcp, IsEmpty());
  EXPECT_THAT(direct.warnings, Not(Contains(HasSubstr("no TLS"))));
  EXPECT_THAT(direct.listen.tls, ElementsAre(at("203.0.113.5:443")));
  const Config theirs = load_with(
      "{keys: {APIkey: secret}, rtc: {node_ip: 203.0.113.5}, turn: {enabled: true, domain: a, tls_port: "
      "5349, "
      "cert_file: c, key_file: k}}");
  EXPECT_EQ(theirs.tls, (TlsConfig{"c", "k", TlsVersion::tls1_2}));
  EXPECT_THAT(theirs.listen.tls, ElementsAre(at("203.0.113.5:443")));
}

TEST_F(LiveKitDefaults, PROXY_headers_come_from_the_balancers_that_livekit_trusts) {
  const std::string embedded =
      "keys: {APIkey: secret}, rtc: {node_ip: 203.0.113.5}, turn: {enabled: true, domain: a, tls_port: 5349, "
      "external_tls: true";
  EXPECT_THAT(load_with("{" + embedded + "}}").listen.proxy_protocol, IsEmpty());
  EXPECT_THAT(load_with("{" + embedded + ", proxy_protocol: true}}").listen.proxy_protocol,
              ElementsAre(IpPrefix::parse("127.0.0.0/8"), IpPrefix::parse("::1")));
  EXPECT_THAT(
      load_with("{" + embedded + ", proxy_protocol: true, proxy_protocol_trusted_cidrs: [10.0.0.0/24]}}")
          .listen.proxy_protocol,
      ElementsAre(IpPrefix::parse("10.0.0.0/24")));
}

TEST_F(LiveKitDefaults, behind_NAT_the_nodes_place_is_taken_at_its_local_address) {
  const Config config = load_with(kEmbedded, "relay: {external: {10.0.0.5: 203.0.113.5}}");
  EXPECT_THAT(config.listen.udp, ElementsAre(at("10.0.0.5:3478")));
  EXPECT_THAT(config.relay.addresses, ElementsAre(IpAddress::v4(10, 0, 0, 5)));
  EXPECT_THAT(config.peers.allow, ElementsAre(rule("203.0.113.5/32", 50000, 50100)));
  EXPECT_THAT(config.livekit.ice_urls, Contains("turn:203.0.113.5:3478?transport=udp"));
}

TEST_F(LiveKitDefaults, where_LiveKit_asks_STUN_servers_for_its_address_so_does_this_server) {
  const std::string asks = "keys: {APIkey: secret}\nrtc: {use_external_ip: true";
  const std::string servers = ", stun_servers: [\"stun.example.org:3478\"]";
  const std::string own = "peers: {allow: [10.0.0.7]}\n";
  const RelayConfig follows = load_with(asks + servers + "}\n", own).relay;
  EXPECT_TRUE(follows.external_is_found);
  EXPECT_THAT(follows.stun_servers, ElementsAre("stun.example.org:3478"));
  EXPECT_FALSE(load_with(asks + "}\n", own).relay.external_is_found) << "nobody to ask is named";
  const RelayConfig given =
      load_with(asks + servers + "}\n", own + "relay: {external: {10.0.0.5: 203.0.113.5}}\n").relay;
  EXPECT_FALSE(given.external_is_found);
  EXPECT_EQ(given.external.size(), 1U);
}

TEST_F(LiveKitDefaults, own_keys_win_and_credentials_and_peers_add_up) {
  const Config config = load_with(kEmbedded, R"(
listen: {udp: ["127.0.0.1:3478"], tls: []}
relay: {ports: 30000-30010}
limits: {allocations_per_user: 7}
credentials: {livekit_keys: {APIkey: mine, other: key}, rest_secrets: [south]}
peers: {allow: [10.0.0.7], deny: [10.0.0.8]}
livekit: {url: "", webhook: false, ice_urls: ["turn:a"], ice_ttl_s: 60}
)");
  EXPECT_THAT(config.listen.udp, ElementsAre(at("127.0.0.1:3478")));
  EXPECT_THAT(config.listen.tls, IsEmpty());
  EXPECT_EQ(config.relay.ports, (turn::PortRange{30000, 30010}));
  EXPECT_EQ(config.limits.allocations_per_user, 7U);
  EXPECT_EQ(config.credentials.livekit_keys, (auth::Secrets{{"APIkey", "mine"}, {"other", "key"}}));
  EXPECT_THAT(config.credentials.rest_secrets, ElementsAre("south"));
  EXPECT_THAT(config.peers.allow, ElementsAre(rule("10.0.0.7/32"), rule("203.0.113.5/32", 50000, 50100)));
  EXPECT_THAT(config.peers.deny, ElementsAre(rule("10.0.0.8/32"), rule("192.0.2.0/24")));
  EXPECT_EQ(config.livekit.url, "");
  EXPECT_FALSE(config.livekit.webhook);
  EXPECT_THAT(config.livekit.ice_urls, ElementsAre("turn:a"));
  EXPECT_EQ(config.livekit.ice_ttl_s, 60U);
}

TEST_F(LiveKitDefaults, livekit_itself_stands_behind_a_tls_listener_of_its_domain) {
  const std::vector<HttpUpstream> behind = {{.server = at("127.0.0.1:7880")}};
  constexpr const char* kTls = R"({tls: {certificate: c, key: k}})";
  EXPECT_EQ(load_with(kEmbedded, kTls).http.upstream, behind);
  EXPECT_THAT(load_with(kEmbedded).http.upstream, IsEmpty()) << "without TLS";
  EXPECT_THAT(load_with(kExternal, R"({listen: {tls: ["127.0.0.1:443"]}, tls: {certificate: c, key: k}})")
                  .http.upstream,
              IsEmpty())
      << "without a domain";
  EXPECT_THAT(load_with(kEmbedded, R"({tls: {certificate: c, key: k}, http: {upstream: ""}})").http.upstream,
              IsEmpty())
      << "if it is to be so";
}

TEST_F(LiveKitDefaults, livekit_s_redis_is_the_fleet_s_unless_another_one_or_none_is_given) {
  const std::string peers = "peers: {allow: [10.0.0.0/8]}\n";  // with Redis LiveKit may have other nodes
  const std::string with_redis = std::string(kExternal) + "redis: {address: 'r:6379', password: p, db: 1}\n";
  const RedisConfig redis = load_with(with_redis, peers + "fleet: {redis: {prefix: 'a:'}}").fleet.redis;
  EXPECT_EQ(redis.url, "redis://r:6379/1");
  EXPECT_EQ(redis.password, "p");
  EXPECT_EQ(redis.prefix, "a:");
  EXPECT_EQ(load_with(kExternal, peers).fleet.redis, RedisConfig{});
  EXPECT_EQ(load_with(with_redis, peers + "fleet: {redis: {url: ''}}").fleet.redis, RedisConfig{});
  const RedisConfig own = load_with(with_redis, peers + "fleet: {redis: {url: 'redis://own'}}").fleet.redis;
  EXPECT_EQ(own.url + own.password, "redis://own");

  const std::string cluster = std::string(kExternal) + "redis: {cluster_addresses: ['r:1']}\n";
  EXPECT_THAT(load_with(cluster, peers).warnings, Contains(HasSubstr("redis: is a cluster")));
  EXPECT_EQ(load_with(cluster, peers).fleet.redis, RedisConfig{});
}

TEST_F(LiveKitDefaults, without_keys_or_listener_there_are_neither_webhooks_nor_an_exchange) {
  const Config no_listener = load_with(kExternal, "control: {listen: \"\"}");
  EXPECT_FALSE(no_listener.livekit.webhook);
  EXPECT_THAT(no_listener.livekit.ice_urls, IsEmpty());
  const Config no_keys = load_with(
      "rtc: {node_ip: 203.0.113.5, turn_servers: [{host: a, port: 3478, protocol: udp, secret: s}]}");
  EXPECT_EQ(no_keys.livekit.url, "");
  EXPECT_FALSE(no_keys.livekit.webhook);
  EXPECT_THAT(no_keys.livekit.ice_urls, IsEmpty());
}

TEST_F(LiveKitDefaults, where_media_is_not_known_peers_allow_must_say_it) {
  constexpr const char* kUnknown = "keys: {APIkey: secret}\nrtc: {use_external_ip: true}\n";
  EXPECT_THAT(error_with(kUnknown), HasSubstr("livekit.yaml: rtc.use_external_ip is true"));
  EXPECT_THAT(error_with(kUnknown), HasSubstr("peers.allow needs"));
  EXPECT_EQ(error_with(kUnknown, "peers: {allow: [\"203.0.113.5:50000-60000\"]}"), "");
}

TEST_F(LiveKitDefaults, mistakes_are_placed_in_livekits_file) {
  EXPECT_EQ(error_with("rtc: {udp_port: x}"),
            "livekit.yaml:1: rtc.udp_port: \"x\" is not a number from 0 to 65535");
  EXPECT_EQ(error_with("{keys: {APIkey: secret}, rtc: {node_ip: 203.0.113.5}, turn: {enabled: true, "
                       "relay_range_start: 80, "
                       "relay_range_end: 90}}"),
            "livekit.yaml: turn.relay_range_start: relay.ports: must not be below 1024");
  overrides_.flags = {{"livekit.config", path("none.yaml")}};
  EXPECT_EQ(error_of(""), "--livekit.config: none.yaml: No such file or directory");
}

TEST_F(LiveKitDefaults, what_is_understood_ignored_and_needed_is_said) {
  const std::string text = std::string(kExternal) + "room: {auto_create: true}\n";
  EXPECT_THAT(load_with(text).warnings,
              Contains(HasSubstr("LiveKit still needs: rtc.turn_servers: none has `protocol: tls`")));
  const Loaded loaded = read_config(path("turnpike.yaml"), overrides_);
  EXPECT_THAT(loaded.understood, Contains(HasSubstr("keys: 1,")));
  EXPECT_THAT(loaded.ignored, ElementsAre("room"));
  for (const std::string& line : loaded.understood) EXPECT_EQ(line.find("north"), line.npos) << line;
}

TEST_F(LiveKitDefaults, what_is_given_is_not_asked_for) {
  const std::string text =
      "rtc: {use_external_ip: true, turn_servers: [{host: a, port: 443, protocol: tls, secret: "
      "s}]}\nwebhook: {api_key: "
      "APIkey, urls: [\"http://a/livekit/webhook\"]}\n";
  const std::string own =
      "peers: {allow: [203.0.113.5]}\ncredentials: {livekit_keys: {APIkey: secret}}\ntls: {certificate: c, "
      "key: k}\n";
  EXPECT_THAT(load_with(text, own).warnings, IsEmpty());
  for (const std::string& line : read_config(path("turnpike.yaml"), overrides_).understood)
    EXPECT_EQ(line.find("peers.allow needs"), line.npos) << line;
}

TEST_F(LiveKitDefaults, keys_come_from_the_variable_that_livekit_reads) {
  const std::string text = "rtc: {node_ip: 203.0.113.5}\n";
  overrides_.environment = {{"LIVEKIT_KEYS", "APIenvironment: secret"}};
  EXPECT_EQ(load_with(text).credentials.livekit_keys, (auth::Secrets{{"APIenvironment", "secret"}}));
  EXPECT_EQ(load_with(text + "keys: {APIfile: x}").credentials.livekit_keys,
            (auth::Secrets{{"APIenvironment", "secret"}}));
  EXPECT_EQ(load_with(text + "key_file: " + write("keys", "APIkeys: x")).credentials.livekit_keys,
            (auth::Secrets{{"APIkeys", "x"}}));
  overrides_.flags.clear();
  EXPECT_TRUE(load("").credentials.livekit_keys.empty()) << "LiveKit's variable, without LiveKit's file";
  overrides_.environment = {{"LIVEKIT_KEYS", "APIenvironment"}};
  EXPECT_THAT(error_with(text), HasSubstr("LIVEKIT_KEYS:1: must be a map"));
}

TEST_F(LiveKitDefaults, a_name_that_all_share_is_a_user) {
  const Config config = load_with(
      "rtc: {node_ip: 203.0.113.5, turn_servers: [{host: a, port: 3478, protocol: udp, username: u, "
      "credential: c}]}",
      "credentials: {users: {v: d}}");
  EXPECT_EQ(config.credentials.users, (auth::Secrets{{"u", "c"}, {"v", "d"}}));
  EXPECT_EQ(config.listen.udp, all_addresses(3478));
}

}  // namespace
}  // namespace turnpike::config
