// Names in place of addresses, and what they become.
#include "turnpike/config/names.hpp"

#include <gtest/gtest.h>

#include "turnpike/config/load.hpp"
#include "turnpike/config/print.hpp"

namespace turnpike::config {
namespace {

using Texts = std::vector<std::string>;

IpAddress address(const char* text) { return *IpAddress::parse(text); }

Found found(const char* name, std::vector<IpAddress> addresses, std::string obstacle = "") {
  Found found;
  found.hosts[name] = {std::move(addresses), std::move(obstacle)};
  return found;
}

const Found kSfu = found("sfu", {address("10.0.0.3"), address("2001:db8::3")});

Loaded read(const std::string& yaml, const Found& found) { return read_text(yaml, "file", found); }

std::string print(const Config& config, std::string_view key) {
  YAML::Emitter out;
  find_key(key)->print(out, config);
  return out.c_str();
}

TEST(Names, a_name_is_told_from_everything_else_that_stands_in_its_place) {
  const struct {
    const char* text;
    std::optional<std::string_view> name;
  } table[] = {
      {"livekit", "livekit"},
      {"livekit:7882", "livekit"},
      {"sfu-1.example.org:50000-60000", "sfu-1.example.org"},
      {"turn.example.org.", "turn.example.org."},
      {"my_service", "my_service"},
      {"10.0.0.1", std::nullopt},
      {"10.0.0.1:443", std::nullopt},
      {"10.0.0.1o", std::nullopt},
      {"10.0.0.o1", "10.0.0.o1"},
      {"10.0.0.0/8", std::nullopt},
      {"livekit/24", std::nullopt},
      {"10.0.0.0-10.0.0.9", std::nullopt},
      {"::1", std::nullopt},
      {"abcd::1", std::nullopt},
      {"[::1]:443", std::nullopt},
      {"a:b:c", std::nullopt},
      {"443", std::nullopt},
      {"", std::nullopt},
      {":443", std::nullopt},
      {".", std::nullopt},
      {"two words", std::nullopt},
  };
  for (const auto& row : table) EXPECT_EQ(name_in(row.text), row.name) << row.text;
}

TEST(Names, stand_for_all_their_addresses_wherever_an_address_may_be) {
  const struct {
    const char* key;
    const char* yaml;
    const char* meaning;
  } table[] = {
      {"peers.allow", "peers: {allow: ['sfu:7882']}", R"(["10.0.0.3/32:7882", "[2001:db8::3/128]:7882"])"},
      {"peers.allow", "peers: {allow: sfu}", R"(["10.0.0.3/32", "2001:db8::3/128"])"},
      {"peers.deny", "peers: {deny: ['sfu:1-9', 192.0.2.0/24]}",
       R"(["10.0.0.3/32:1-9", "[2001:db8::3/128]:1-9", "192.0.2.0/24"])"},
      {"listen.udp", "listen: {udp: ['sfu:3478']}", R"(["10.0.0.3:3478", "[2001:db8::3]:3478"])"},
      {"listen.proxy_protocol", "listen: {proxy_protocol: [sfu]}", R"(["10.0.0.3/32", "2001:db8::3/128"])"},
      {"relay.addresses", "relay: {addresses: [sfu]}", R"(["10.0.0.3", "2001:db8::3"])"},
      {"relay.external", "relay: {external: {192.168.0.1: sfu}}", R"({"192.168.0.1": "10.0.0.3"})"},
      {"relay.external", "relay: {external: {'fd00::1': sfu, 192.168.0.1: sfu}}",
       R"({"fd00::1": "2001:db8::3", "192.168.0.1": "10.0.0.3"})"},
      {"relay.external", "relay: {external: {sfu: 203.0.113.5}}", R"({"10.0.0.3": "203.0.113.5"})"},
      {"relay.external", "relay: {external: sfu}", R"([10.0.0.3, 2001:db8::3])"},
      {"control.listen", "control: {listen: 'sfu:9000'}", "10.0.0.3:9000"},
      {"tls.passthrough", "tls: {passthrough: {sfu: 'sfu:8443', a.example: '192.0.2.1:1'}}",
       R"({a.example: "192.0.2.1:1", sfu: "10.0.0.3:8443"})"},
      {"http.upstream", "http: {upstream: 'sfu:7880'}", "10.0.0.3:7880"},
      {"http.upstream", "http: {upstream: {sfu/rtc: 'sfu:7880'}}", "{sfu/rtc: 10.0.0.3:7880}"},
  };
  for (const auto& row : table) {
    const Loaded loaded = read(row.yaml, kSfu);
    std::string meaning = print(loaded.config, row.key);
    std::erase(meaning, '"');
    std::string wanted = row.meaning;
    std::erase(wanted, '"');
    EXPECT_EQ(meaning, wanted) << row.yaml;
    EXPECT_EQ(print_value(*find_key(row.key), loaded.config).find("10.0.0.3"), std::string::npos)
        << "what was written is shown: " << row.yaml;
    EXPECT_TRUE(has_names(loaded.config, row.key)) << row.yaml;
  }
}

TEST(Names, what_is_wrong_beside_a_name_is_told_as_it_was_written_whatever_the_network_says) {
  const struct {
    const char* yaml;
    const char* text;
  } table[] = {
      {"peers: {allow: ['sfu:99999']}", "\"sfu:99999\" is not a CIDR prefix"},
      {"listen: {udp: [sfu]}", "\"sfu\" is not an address and port"},
      {"relay: {addresses: ['sfu:1']}", "\"sfu:1\" is not an IP address"},
      {"control: {listen: ['sfu:9000']}", "must be one value, not a list"},
      {"http: {upstream: ['sfu:7880']}", "must be one value, not a list"},
      {"http: {upstream: {a.example: sfu}}", "\"sfu\" is not an address and port"},
      {"tls: {passthrough: 'sfu:443'}", "must be a map"},
      {"tls: {passthrough: {a.example: 'sfu:443', A.example: 'sfu:444'}}", "\"a.example\" is there twice"},
      {"http: {upstream: {a.example: 'sfu:443', A.example: 'sfu:444'}}", "\"A.example\" is there twice"},
  };
  for (const auto& row : table) {
    for (const Found& network : {Found{}, kSfu}) {
      const Loaded loaded = read(row.yaml, network);
      ASSERT_EQ(loaded.findings.size(), 1U) << row.yaml;
      EXPECT_NE(loaded.findings.front().line().find(row.text), std::string::npos)
          << loaded.findings.front().line();
    }
  }
}

TEST(Names, without_an_address_only_what_may_come_later_lets_a_server_start) {
  const Found nothing = found("sfu", {}, "no such name");
  const struct {
    const char* yaml;
    Severity severity;
  } table[] = {
      {"peers: {allow: ['sfu:7882']}", Severity::warning},
      {"relay: {external: {192.168.0.1: sfu}}", Severity::warning},
      {"http: {upstream: 'sfu:7880'}", Severity::warning},
      {"http: {upstream: {a.example: 'sfu:7880'}}", Severity::warning},
      {"peers: {deny: [sfu]}", Severity::error},
      {"listen: {udp: ['sfu:3478']}", Severity::error},
      {"relay: {addresses: [sfu]}", Severity::error},
  };
  for (const auto& row : table) {
    const Loaded loaded = read(row.yaml, nothing);
    ASSERT_EQ(loaded.findings.size(), 1U) << row.yaml;
    EXPECT_EQ(loaded.findings.front().severity, row.severity) << row.yaml;
    EXPECT_NE(loaded.findings.front().line().find("no such name"), std::string::npos);
    EXPECT_TRUE(read(row.yaml, {}).findings.empty()) << "nobody has asked yet: " << row.yaml;
  }
}

TEST(Names, other_addresses_change_nothing_else) {
  const char* const kYaml = "{realm: here, peers: {allow: ['sfu:7882', 10.9.0.0/16]}}";
  const Config before = read(kYaml, kSfu).config;
  const Config after = with_found(before, found("sfu", {address("10.0.0.4")}));
  Config expected = before;
  expected.peers.allow = {{*IpPrefix::parse("10.0.0.4"), 7882, 7882}, {*IpPrefix::parse("10.9.0.0/16")}};
  EXPECT_EQ(after, expected);
  EXPECT_EQ(with_found(after, kSfu), before);
}

TEST(Names, the_last_value_of_a_key_is_the_one_whose_names_count) {
  Overrides overrides;
  overrides.default_files.clear();
  overrides.environment = {{"TURNPIKE_PEERS_ALLOW", "[one]"}};
  overrides.flags = {{"peers.allow", "[two, three]"}};
  EXPECT_EQ(names_in(read_config(std::nullopt, overrides).config), (std::set<std::string>{"three", "two"}));
  overrides.flags = {{"peers.allow", "[10.0.0.1]"}};
  EXPECT_TRUE(names_in(read_config(std::nullopt, overrides).config).empty());
}

TEST(Names, there_is_a_bound_of_them) {
  std::string list;
  for (std::size_t i = 0; i <= kNamesMax; ++i) list += "n" + std::to_string(i) + ", ";
  const Loaded loaded = read("peers: {allow: [" + list + "]}", {});
  ASSERT_EQ(loaded.findings.size(), 1U);
  EXPECT_EQ(loaded.findings.front().severity, Severity::error);
}

TEST(External, auto_is_what_was_found_and_needs_somebody_to_ask) {
  const char* const kYaml = "relay: {external: auto, stun_servers: ['stun.example.org:3478', 192.0.2.9]}";
  Found network;
  network.external = {{address("10.0.0.5"), ExternalAddress(address("203.0.113.5"))}};
  const Loaded loaded = read(kYaml, network);
  EXPECT_TRUE(loaded.findings.empty());
  EXPECT_EQ(loaded.config.relay.external, network.external);
  EXPECT_EQ(print_value(*find_key("relay.external"), loaded.config), "auto");
  EXPECT_TRUE(with_found(loaded.config, {}).relay.external.empty());

  network.external_obstacle = "no STUN server has answered 10.0.0.5";
  const Loaded late = read(kYaml, network);
  ASSERT_EQ(late.findings.size(), 1U);
  EXPECT_EQ(late.findings.front().severity, Severity::warning);

  const Loaded alone = read("relay: {external: auto}", {});
  ASSERT_EQ(alone.findings.size(), 1U);
  EXPECT_NE(alone.findings.front().line().find("relay.stun_servers"), std::string::npos);
}

TEST(External, an_address_alone_is_that_of_every_relay_of_its_family_and_nobody_is_asked) {
  const Loaded loaded = read("relay: {external: [203.0.113.5, '2001:db8::5']}", {});
  EXPECT_TRUE(loaded.findings.empty());
  EXPECT_TRUE(loaded.config.relay.external_is_found);
  EXPECT_FALSE(asks_stun_servers(loaded.config));
  EXPECT_FALSE(asks_stun_servers(read("relay: {external: turn.example.org}", {}).config));
  EXPECT_TRUE(read("relay: {external: {}}", {}).findings.empty());
  const struct {
    const char* yaml;
    const char* text;
  } table[] = {
      {"relay: {external: [203.0.113.5, 203.0.113.6]}", "has several addresses of a family"},
      {"relay: {external: 0.0.0.0}", "0.0.0.0 is not the address of a host"},
      {"relay: {external: 203.0.113.300}", "\"203.0.113.300\" is not an IP address"},
  };
  for (const auto& row : table) {
    const auto findings = read(row.yaml, {}).findings;
    ASSERT_EQ(findings.size(), 1U) << row.yaml;
    EXPECT_NE(findings.front().line().find(row.text), std::string::npos) << findings.front().line();
  }
}

TEST(StunServer, is_a_host_with_or_without_a_port) {
  const struct {
    const char* text;
    std::optional<StunServer> server;
  } table[] = {
      {"stun.example.org", StunServer{"stun.example.org", 3478}},
      {"stun.example.org:19302", StunServer{"stun.example.org", 19302}},
      {"192.0.2.9", StunServer{"192.0.2.9", 3478}},
      {"192.0.2.9:5000", StunServer{"192.0.2.9", 5000}},
      {"2001:db8::9", StunServer{"2001:db8::9", 3478}},
      {"[2001:db8::9]:5000", StunServer{"2001:db8::9", 5000}},
      {"stun:stun.example.org:3478", std::nullopt},
      {"stun.example.org:", std::nullopt},
      {"stun.example.org:99999", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& row : table) EXPECT_EQ(StunServer::parse(row.text), row.server) << row.text;
}

}  // namespace
}  // namespace turnpike::config
