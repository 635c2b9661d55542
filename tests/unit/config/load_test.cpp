// Where values come from and which wins, and what is refused with which line.
#include "turnpike/config/load.hpp"

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

class LoadConfig : public ConfigFiles {
 protected:
  std::string flag_error(const std::string& name, const std::string& value) {
    overrides_.flags = {{name, value}};
    return error_of([&] { load_config(std::nullopt, overrides_); });
  }
  std::string environment_error(const std::string& name, const std::string& value) {
    overrides_.environment = {{name, value}};
    return error_of([&] { load_config(std::nullopt, overrides_); });
  }
};

TEST_F(LoadConfig, without_a_file_all_is_default) {
  const Config config = load_config(std::nullopt, overrides_);
  EXPECT_EQ(config, Config{});
  EXPECT_EQ(config.listen.udp,
            (std::vector{*Endpoint::parse("0.0.0.0:3478"), *Endpoint::parse("[::]:3478")}));
  EXPECT_EQ(config.listen.tcp, config.listen.udp);
  EXPECT_TRUE(config.listen.tls.empty());
}

TEST_F(LoadConfig, an_empty_file_is_no_file) {
  for (const char* text : {"", "# nothing\n", "---\n", "relay:\nlisten:\n"})
    EXPECT_EQ(load(text), Config{}) << text;
}

TEST_F(LoadConfig, reads_every_kind_of_value) {
  const Config config = load(R"(
realm: example.org
workers: 3
listen: {udp: ["192.0.2.1:3478"], tcp: "", tls: ["[2001:db8::1]:443"]}
tls: {certificate: c.pem, key: k.pem, min_version: 1.3}
relay:
  addresses: [192.0.2.1, "2001:db8::1"]
  external: {192.0.2.1: 203.0.113.1}
  ports: 50000-60000
  engine: sockets
credentials:
  users: {alice: "pa:ss"}
  rest_secrets: [new, old]
  livekit_keys: {devkey: secret}
  check_expiry: always
peers: {allow: [10.0.0.0/8, "10.1.0.7:443"], deny: ["[2001:db8::/32]:50000-60000"]}
limits: {bytes_per_second_per_user: 8000000000, allocations: 0}
compat: {rfc5766_channels: true}
log: {level: warning, format: json, file: /var/log/turnpike.log}
)");
  EXPECT_EQ(config.realm, "example.org");
  EXPECT_EQ(config.workers, 3u);
  EXPECT_EQ(config.listen.udp, std::vector{*Endpoint::parse("192.0.2.1:3478")});
  EXPECT_TRUE(config.listen.tcp.empty());
  EXPECT_EQ(config.listen.tls, std::vector{*Endpoint::parse("[2001:db8::1]:443")});
  EXPECT_EQ(config.tls, (TlsConfig{"c.pem", "k.pem", TlsVersion::tls1_3}));
  EXPECT_EQ(config.relay.addresses,
            (std::vector{*IpAddress::parse("192.0.2.1"), *IpAddress::parse("2001:db8::1")}));
  EXPECT_EQ(
      config.relay.external,
      (AddressMap::Pairs{{IpAddress::v4(192, 0, 2, 1), ExternalAddress(IpAddress::v4(203, 0, 113, 1))}}));
  EXPECT_EQ(config.relay.ports, (turn::PortRange{50000, 60000}));
  EXPECT_EQ(config.relay.port_quiet_s, 30u);
  EXPECT_EQ(config.relay.engine, Engine::sockets);
  EXPECT_EQ(config.credentials.users, (auth::Secrets{{"alice", "pa:ss"}}));
  EXPECT_EQ(config.credentials.rest_secrets, (std::vector<std::string>{"new", "old"}));
  EXPECT_EQ(config.credentials.livekit_keys, (auth::Secrets{{"devkey", "secret"}}));
  EXPECT_EQ(config.credentials.check_expiry, turn::CheckExpiry::always);
  EXPECT_EQ(config.peers.allow, (std::vector{turn::PeerRule{*IpPrefix::parse("10.0.0.0/8")},
                                             turn::PeerRule{*IpPrefix::parse("10.1.0.7"), 443, 443}}));
  EXPECT_EQ(config.peers.deny,
            (std::vector{turn::PeerRule{*IpPrefix::parse("2001:db8::/32"), 50000, 60000}}));
  EXPECT_EQ(config.limits.bytes_per_second_per_user, 8'000'000'000u);
  EXPECT_TRUE(config.compat.rfc5766_channels);
  EXPECT_EQ(config.log, (log::Options{log::Level::warning, log::Format::json, "/var/log/turnpike.log"}));
}

TEST_F(LoadConfig, a_flag_beats_the_environment_beats_the_file_beats_the_default) {
  const std::string file = write("turnpike.yaml", "{realm: file, workers: 2, nonce_life_s: 60}");
  overrides_.environment = {{"TURNPIKE_REALM", "environment"}, {"TURNPIKE_WORKERS", "3"}};
  overrides_.flags = {{"realm", "flag"}};
  const Config config = load_config(file, overrides_);
  EXPECT_EQ(config.realm, "flag");
  EXPECT_EQ(config.workers, 3u);
  EXPECT_EQ(config.nonce_life_s, 60u);
  EXPECT_EQ(config.limits, LimitsConfig{});
}

TEST_F(LoadConfig, flags_and_variables_are_yaml) {
  overrides_.flags = {{"credentials.users", "{alice: secret}"},
                      {"control.listen", ""},
                      {"listen.tcp", "\"\""},
                      {"mobility", ""}};
  overrides_.environment = {{"TURNPIKE_LISTEN_TLS", "[\"[::1]:443\", \"127.0.0.1:443\"]"},
                            {"TURNPIKE_LISTEN_UDP", "[::1]:3478"},  // no YAML, taken as it stands
                            {"TURNPIKE_TLS_CERTIFICATE", "c"},
                            {"TURNPIKE_TLS_KEY", "k"},
                            {"TURNPIKE_CREDENTIALS_REST_SECRETS", "&secret"},
                            {"TURNPIKE_CREDENTIALS_LIVEKIT_KEYS", "a: 1\nb: 2"},
                            {"HOME", "/"}};
  const Config config = load_config(std::nullopt, overrides_);
  EXPECT_EQ(config.credentials.users, (auth::Secrets{{"alice", "secret"}}));
  EXPECT_EQ(config.control.listen, std::nullopt);
  EXPECT_TRUE(config.listen.tcp.empty());
  EXPECT_EQ(config.listen.tls.size(), 2u);
  EXPECT_EQ(config.listen.udp, std::vector{*Endpoint::parse("[::1]:3478")});
  EXPECT_EQ(config.credentials.rest_secrets, std::vector<std::string>{"&secret"});
  EXPECT_EQ(config.credentials.livekit_keys, (auth::Secrets{{"a", "1"}, {"b", "2"}}));
}

TEST_F(LoadConfig, a_secret_in_a_flag_or_variable_is_its_text_byte_for_byte) {
  for (const char* text :
       {"abc #def", "&anchor", "*alias", "!tag x", "a: b", "{a: b}", "- a",           " a ", "'a'",
        "\"a\"",    "~",       "null",   "yes",    "0x1F", "1_000",  "a, b",          "[a",  "a]",
        "a\\nb",    "%x",      "@x",     "`x`",    "|",    ">",      "\u00e4\u00a0b", "---", "? a",
        "a\tb",     "#",       "# a",    "<<"}) {
    overrides_.flags = {{"credentials.rest_secrets", text}};
    overrides_.environment.clear();
    EXPECT_EQ(load_config(std::nullopt, overrides_).credentials.rest_secrets, std::vector<std::string>{text});
    overrides_.flags.clear();
    overrides_.environment = {{"TURNPIKE_CREDENTIALS_REST_SECRETS", text}};
    EXPECT_EQ(load_config(std::nullopt, overrides_).credentials.rest_secrets, std::vector<std::string>{text});
  }
}

TEST_F(LoadConfig, several_secrets_are_a_list_in_brackets) {
  overrides_.flags = {{"credentials.rest_secrets", " [new, \"old #1\"] "}};
  EXPECT_EQ(load_config(std::nullopt, overrides_).credentials.rest_secrets,
            (std::vector<std::string>{"new", "old #1"}));
  EXPECT_EQ(flag_error("credentials.rest_secrets", "[new, \"old]"),
            "--credentials.rest_secrets: is in brackets and yet no list: put each secret in quotes");
  overrides_.flags = {{"credentials.rest_secrets", ""}};
  EXPECT_TRUE(load_config(std::nullopt, overrides_).credentials.rest_secrets.empty());
}

TEST_F(LoadConfig, named_secrets_are_a_map_in_braces_or_lines_that_are_taken_whole) {
  const auto users = [this](const std::string& text) {
    overrides_.flags = {{"credentials.users", text}};
    return load_config(std::nullopt, overrides_).credentials.users;
  };
  EXPECT_EQ(users("{alice: a, bob: \"b #1\"}"), (auth::Secrets{{"alice", "a"}, {"bob", "b #1"}}));
  EXPECT_EQ(users("alice: abc #def"), (auth::Secrets{{"alice", "abc #def"}}));
  EXPECT_EQ(users("alice: &a: *b\r\n\n  bob: {x}\n"), (auth::Secrets{{"alice", "&a: *b"}, {"bob", "{x}"}}));
  EXPECT_EQ(users("alice: \"a b\"\nbob: '\n\"c d\": e\n"),
            (auth::Secrets{{"alice", "a b"}, {"bob", "'"}, {"c d", "e"}}));
  EXPECT_TRUE(users("").empty());
  EXPECT_EQ(flag_error("credentials.users", "alice: a\nalice: b"),
            "--credentials.users: \"alice\" is there twice");
  EXPECT_EQ(flag_error("credentials.users", "{alice: \"a}"),
            "--credentials.users: is in braces and yet no map: put each secret in quotes");
}

TEST_F(LoadConfig, what_was_never_filled_in_is_refused_with_its_name_its_key_and_its_place) {
  const std::string left = "${TURN_SECRET} was never filled in";
  EXPECT_EQ(error_of("credentials:\n  rest_secrets:\n    - good\n    - \"${TURN_SECRET}\""),
            "turnpike.yaml:4: credentials.rest_secrets: " + left);
  EXPECT_EQ(error_of("credentials:\n  users: {alice: \"x-${TURN_SECRET}\"}"),
            "turnpike.yaml:2: credentials.users: " + left);
  EXPECT_EQ(error_of("credentials: {livekit_keys: {\"${TURN_SECRET}\": x}}"),
            "turnpike.yaml:1: credentials.livekit_keys: " + left);
  EXPECT_EQ(error_of("relay: {addresses: [\"${TURN_SECRET}\"]}"),
            "turnpike.yaml:1: relay.addresses: " + left);
  EXPECT_EQ(flag_error("credentials.rest_secrets", "${TURN_SECRET}"), "--credentials.rest_secrets: " + left);
  overrides_.flags.clear();
  EXPECT_EQ(environment_error("TURNPIKE_CREDENTIALS_REST_SECRETS", "[a, \"${TURN_SECRET}\"]"),
            "TURNPIKE_CREDENTIALS_REST_SECRETS: " + left);
}

TEST_F(LoadConfig, the_file_is_the_named_one_else_that_of_the_environment_else_the_default) {
  write("default.yaml", "realm: default");
  EXPECT_EQ(load_config(std::nullopt, overrides_).realm, "default");
  overrides_.environment = {{"TURNPIKE_CONFIG", write("environment.yaml", "realm: environment")}};
  EXPECT_EQ(load_config(std::nullopt, overrides_).realm, "environment");
  EXPECT_EQ(load_config(write("named.yaml", "realm: named"), overrides_).realm, "named");
}

TEST_F(LoadConfig, a_named_file_must_be_there) {
  EXPECT_EQ(error_of([&] { load_config(path("none.yaml"), overrides_); }),
            "none.yaml: No such file or directory");
  EXPECT_EQ(error_of([&] { load_config("/", overrides_); }), "/: Is a directory");
  EXPECT_EQ(environment_error("TURNPIKE_CONFIG", path("none.yaml")), "none.yaml: No such file or directory");
}

TEST_F(LoadConfig, a_mistake_in_the_file_is_named_with_its_line) {
  const struct {
    const char* yaml;
    const char* error;
  } cases[] = {
      {"\nrelay:\n  ports: x-y\n", "turnpike.yaml:3: relay.ports: \"x-y\" is not a port or a range of ports"},
      {"relay: {ports: 0-9}", "turnpike.yaml:1: relay.ports: \"0-9\" is not a port or a range of ports"},
      {"relay: {prots: 5000}", "turnpike.yaml:1: relay.prots: unknown key, did you mean relay.ports?"},
      {"a: 1", "turnpike.yaml:1: a: unknown key"},
      {"<<: {realm: x}", "turnpike.yaml:1: <<: unknown key"},
      {"[a]: 1", "turnpike.yaml:1: unknown key"},
      {"realm: a\nworkers: 1\nrealm: b", "turnpike.yaml:3: realm: is there twice"},
      {"log: {file: a}\nlog: {level: info}", "turnpike.yaml:2: log: is there twice"},
      {"credentials:\n  users:\n    alice: a\n    alice: b",
       "turnpike.yaml:4: credentials.users: \"alice\" is there twice"},
      {"realm: [a]", "turnpike.yaml:1: realm: must be one value, not a list; it is written NAME"},
      {"realm:", "turnpike.yaml:1: realm: must not be empty"},
      {"workers: 0", "turnpike.yaml:1: workers: \"0\" is not auto or a number from 1 to 1024"},
      {"workers: 1025", "turnpike.yaml:1: workers: \"1025\" is not auto or a number from 1 to 1024"},
      {"nonce_life_s: -1", "turnpike.yaml:1: nonce_life_s: \"-1\" is not a number from 0 to 4294967295"},
      {"log: {level: \"a\\nb\"}",
       "turnpike.yaml:1: log.level: \"a\\x0ab\" is not one of debug, info, warning, warn, error"},
      {"limits: {allocations: 5x}",
       "turnpike.yaml:1: limits.allocations: \"5x\" is not a number from 0 to 4294967295"},
      {"limits: 5", "turnpike.yaml:1: limits: must be a map of keys, such as allocations_per_user"},
      {"- realm", "turnpike.yaml:1: must be a map of keys"},
      {"just text", "turnpike.yaml:1: must be a map of keys"},
      {"listen:\n  udp:\n    - 0.0.0.0:3478\n    - 0.0.0.0",
       "turnpike.yaml:4: listen.udp: \"0.0.0.0\" is not an address and port, such as "
       "0.0.0.0:3478 or [::]:3478"},
      {"realm: a\n---\nrealm: b", "turnpike.yaml:2: more than one document, or a stray character"},
      {"\n, realm: a", "turnpike.yaml:2: more than one document, or a stray character"},
  };
  for (const auto& c : cases) EXPECT_EQ(error_of(c.yaml), c.error) << c.yaml;
}

TEST_F(LoadConfig, every_item_of_a_list_that_is_wrong_is_told) {
  write("turnpike.yaml", "peers:\n  allow:\n    - 10.0.0.0/33\n    - 10.0.0.0/8\n    - any/0\n");
  const Findings findings = read_config(path("turnpike.yaml"), overrides_).findings;
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_TRUE(findings[0].line().starts_with(path("turnpike.yaml:3: peers.allow: \"10.0.0.0/33\" is not")));
  EXPECT_TRUE(findings[1].line().starts_with(path("turnpike.yaml:5: peers.allow: \"any/0\" is not")));
}

TEST_F(LoadConfig, mistakes_that_many_make_are_answered_with_what_is_right) {
  const struct {
    const char* yaml;
    const char* error;
  } cases[] = {
      {"limits: {lifetime_max_s: 10m}",
       "limits.lifetime_max_s: \"10m\" is not a number from 0 to 4294967295; it is seconds, without a unit"},
      {"limits: {bytes_per_second_per_user: 8M}",
       "limits.bytes_per_second_per_user: \"8M\" is not a number from 0 to 18446744073709551615; it is "
       "bytes, without a "
       "unit"},
      {"relay: {ports: [1, 2]}", "relay.ports: must be one value, not a list; it is written FIRST-LAST"},
      {"listen: {udp: {port: 3478}}", "listen.udp: must be a list; it is written [ADDRESS:PORT]"},
      {"users: {a: b}", "users: unknown key, did you mean credentials.users?"},
      {"Listen: {}", "Listen: unknown key, did you mean listen?"},
      {"credentials: {users_file: ~/users}",
       "credentials.users_file: ~/users: No such file or directory; ~ is not expanded"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(error_of(c.yaml), std::string("turnpike.yaml:1: ") + c.error) << c.yaml;
  EXPECT_EQ(error_of("listen:\n\tudp: []"),
            "turnpike.yaml:2: illegal map value: YAML is indented with spaces, not tabs");
  EXPECT_EQ(error_of("keys: {a: b}\nrtc: {udp_port: 7882}\n"),
            "turnpike.yaml: is LiveKit's file: give it with --livekit-config, or as livekit.config");
}

TEST_F(LoadConfig, broken_yaml_is_named_with_its_line) {
  for (const char* yaml : {"realm: a\nlisten: [", "realm: a\n\tb: c", "realm: a\nb: \"c"}) {
    const std::string error = error_of(yaml);
    EXPECT_TRUE(error.starts_with("turnpike.yaml:2: ") || error.starts_with("turnpike.yaml:3: "))
        << yaml << " -> " << error;
  }
}

TEST_F(LoadConfig, a_mistake_in_a_flag_is_named_by_the_flag) {
  EXPECT_EQ(flag_error("relay.ports", "x-y"), "--relay.ports: \"x-y\" is not a port or a range of ports");
  EXPECT_EQ(flag_error("relay.ports", "80"), "--relay.ports: must not be below 1024");
  EXPECT_EQ(flag_error("relay.port", "5000"), "--relay.port: unknown key, did you mean relay.ports?");
  EXPECT_EQ(flag_error("credentials.users", "alice"),
            "--credentials.users: must be a map; it is written {NAME: PASSWORD}");
}

TEST_F(LoadConfig, a_mistake_in_a_variable_is_named_by_the_variable) {
  EXPECT_EQ(environment_error("TURNPIKE_RELAY_PORTS", "9-5"),
            "TURNPIKE_RELAY_PORTS: \"9-5\" is not a port or a range of ports");
  EXPECT_EQ(environment_error("TURNPIKE_REALM", ""), "TURNPIKE_REALM: must not be empty");
}

TEST_F(LoadConfig, a_variable_that_matches_no_key_is_warned_about) {
  overrides_.environment = {{"TURNPIKE_RELAY_PORT", "5000"}};
  EXPECT_EQ(load_config(std::nullopt, overrides_).warnings,
            std::vector<std::string>{
                "TURNPIKE_RELAY_PORT: not a variable of turnpike, did you mean TURNPIKE_RELAY_PORTS?"});
}

TEST_F(LoadConfig, variables_of_kubernetes_and_of_the_probe_are_nobodys_typing_mistake) {
  for (const char* name : {"TURNPIKE_PORT", "TURNPIKE_PORT_3478_UDP_ADDR", "TURNPIKE_SERVICE_HOST",
                           "TURNPIKE_SERVICE_PORT_TURN", "TURNPIKE_PROBE_PASSWORD"}) {
    overrides_.environment = {{name, "udp://10.0.0.1:3478"}};
    EXPECT_EQ(load_config(std::nullopt, overrides_), Config{}) << name;
  }
}

TEST_F(LoadConfig, a_prefix_with_bits_behind_its_length_is_warned_about) {
  EXPECT_EQ(load("peers: {allow: [10.0.0.0/8, \"10.1.2.3/8:443\"]}").warnings.size(), 1U);
  for (const auto& [yaml, warning] :
       {std::pair{"peers: {allow: [\"10.1.2.3/8:443\"]}",
                  "peers.allow: 10.1.2.3/8:443 has bits behind its length and means 10.0.0.0/8"},
        {"peers: {deny: \"[2001:db8::1/32]:443\"}",
         "peers.deny: [2001:db8::1/32]:443 has bits behind its length and means 2001:db8::/32"},
        {"listen: {proxy_protocol: [10.0.0.7/24]}",
         "listen.proxy_protocol: 10.0.0.7/24 has bits behind its length and means 10.0.0.0/24"}}) {
    const auto warnings = load(yaml).warnings;
    ASSERT_EQ(warnings.size(), 1U) << yaml;
    EXPECT_EQ(warnings.front(), path("turnpike.yaml:1: ") + warning);
  }
}

TEST_F(LoadConfig, of_the_lifetimes_one_that_is_not_given_follows_the_other) {
  EXPECT_EQ(load("limits: {lifetime_max_s: 60}").limits.lifetime_default_s, 60u);
  EXPECT_EQ(load("limits: {lifetime_default_s: 7200}").limits.lifetime_max_s, 7200u);
  EXPECT_EQ(error_of("limits: {lifetime_default_s: 61, lifetime_max_s: 60}"),
            "turnpike.yaml:1: limits.lifetime_default_s: must not be above limits.lifetime_max_s");
}

TEST_F(LoadConfig, a_quota_that_is_given_holds_for_all_names_unless_those_that_many_share_have_their_own) {
  const struct {
    const char* yaml;
    std::uint32_t of_user, of_shared;
  } cases[] = {
      {"", 12, 0},
      {"limits: {allocations_per_user: 5}", 5, 5},
      {"limits: {allocations_per_user: 12}", 12, 12},
      {"limits: {allocations_per_user: 0}", 0, 0},
      {"limits: {allocations_per_shared_user: 40}", 12, 40},
      {"limits: {allocations_per_user: 5, allocations_per_shared_user: 0}", 5, 0},
  };
  for (const auto& [yaml, of_user, of_shared] : cases) {
    const config::LimitsConfig limits = load(yaml).limits;
    EXPECT_EQ(limits.allocations_per_user, of_user) << yaml;
    EXPECT_EQ(limits.allocations_per_shared_user, of_shared) << yaml;
  }
}

TEST_F(LoadConfig, the_realm_is_prepared_as_clients_do) {
  EXPECT_EQ(load("realm: \"e\\u0301\\u00a0x\"").realm, "\u00e9 x");
}

TEST(ToPairs, splits_at_the_first_equals_sign) {
  const char* const environment[] = {"A=b=c", "D=", "E", nullptr};
  EXPECT_EQ(to_pairs(environment), (NamesAndValues{{"A", "b=c"}, {"D", ""}, {"E", ""}}));
}

}  // namespace
}  // namespace turnpike::config
