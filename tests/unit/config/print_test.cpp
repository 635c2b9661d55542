// What `turnpike check` prints.
#include "turnpike/config/print.hpp"

#include <algorithm>

#include "turnpike/config/keys.hpp"
#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

class PrintConfig : public ConfigFiles {};

TEST_F(PrintConfig, what_is_printed_loads_as_the_same) {
  for (const char* yaml : {"", R"(
realm: "it's: # \"odd\""
workers: 2
listen: {udp: [], tcp: ["[::]:443"], tls: ["[::1]:444"]}
tls: {certificate: "a b.pem", key: "null", min_version: "1.3"}
relay: {external: {192.0.2.1: 203.0.113.1, "2001:db8::1": "2001:db8::2"}, ports: 2000-3000}
peers: {allow: ["10.0.0.0/8:443"], deny: ["[::/0]:5", "192.0.2.0/24"]}
control: {socket: "", listen: ""}
fleet: {redis: {url: ""}}
log: {level: error, file: "true"}
)"}) {
    const Config config = load(yaml);
    EXPECT_EQ(load(to_yaml(config)), config) << to_yaml(config);
  }
}

TEST_F(PrintConfig, every_key_is_on_a_line_in_its_section) {
  const std::string text = to_yaml(Config{});
  EXPECT_TRUE(
      text.starts_with("realm: turnpike\nworkers: auto\nlisten:\n  udp: [0.0.0.0:3478, \"[::]:3478\"]\n"))
      << text;
  EXPECT_NE(
      text.find("\n  high_water: 0.8\n  redirects: true\n  redis:\n    url: \"\"\n    password_file: \"\"\n"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find("\nmobility: false\ncompat:\n  rfc5766_channels: false\n"), std::string::npos) << text;
}

TEST_F(PrintConfig, secrets_are_masked) {
  const Config config = load(
      R"({credentials: {users: {alice: hidden1}, rest_secrets: [hidden2, hidden3], livekit_keys: {key: hidden4}}})");
  const std::string text = to_yaml(config);
  EXPECT_EQ(text.find("hidden"), std::string::npos) << text;
  EXPECT_NE(text.find("users: {alice: \"***\"}"), std::string::npos) << text;
  const Config again = load(text);
  EXPECT_EQ(again.credentials.rest_secrets.size(), 2u);
  EXPECT_EQ(again.credentials.livekit_keys, (auth::Secrets{{"key", "***"}}));
}

TEST_F(PrintConfig, secrets_of_a_fleet_are_masked) {
  const std::string text = to_yaml(load("fleet: {secret: " + std::string(4, 'h') + std::string(32, 's') +
                                        ", secret_previous: " + std::string(32, 'h') + "}"));
  EXPECT_EQ(text.find("hhhh"), std::string::npos) << text;
  EXPECT_NE(text.find("\nfleet:\n  secret: \"***\"\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n  secret_previous: \"***\"\n"), std::string::npos) << text;
}

TEST_F(PrintConfig, the_command_line_gets_every_key_with_help_and_default) {
  const auto keys = known_keys();
  EXPECT_EQ(keys.size(), all_keys().size());
  for (const KeyInfo& key : keys) {
    EXPECT_FALSE(key.value.empty() || key.help.empty() || key.default_text.empty()) << key.name;
  }
  const auto ports = std::ranges::find(keys, "relay.ports", &KeyInfo::name);
  ASSERT_NE(ports, keys.end());
  EXPECT_EQ(ports->default_text, "49152-65535");
}

TEST_F(PrintConfig, each_default_is_accepted_as_a_flag) {
  for (const KeyInfo& key : known_keys()) overrides_.flags.emplace_back(key.name, key.default_text);
  EXPECT_EQ(load_config(std::nullopt, overrides_), Config{});
}

}  // namespace
}  // namespace turnpike::config
