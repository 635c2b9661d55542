// From coturn's file to a configuration that our own rules take.
#include "turnpike/coturn/import.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <algorithm>

#include "turnpike/config/load.hpp"

namespace turnpike::coturn {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string yaml_of(std::string_view text) {
  const Imported imported = import_text(text, "turnserver.conf");
  for (const config::Finding& error : imported.errors) ADD_FAILURE() << error.line();
  return imported.yaml;
}

config::Config config_of(std::string_view text) {
  const config::Loaded loaded = config::read_text(yaml_of(text), "turnpike.yaml");
  EXPECT_EQ(config::first_error(loaded.findings), nullptr);
  return loaded.config;
}

std::vector<std::string> texts(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> all;
  for (const Endpoint& endpoint : endpoints) all.push_back(endpoint.to_string());
  return all;
}

TEST(CoturnImport, addresses_and_ports_come_along) {
  const auto config = config_of(R"(listening-ip=10.0.0.5
listening-ip=2001:db8::5
aux-server=10.0.0.5:80
listening-port=3479
relay-ip=10.0.0.5
external-ip=203.0.113.5
min-port=500
max-port=50999
relay-threads=3
allocation-default-address-family=ipv6
)");
  const std::vector<std::string> plain{"10.0.0.5:3479", "[2001:db8::5]:3479", "10.0.0.5:80"};
  EXPECT_EQ(texts(config.listen.udp), plain);
  EXPECT_EQ(texts(config.listen.tcp), plain);
  EXPECT_TRUE(config.listen.tls.empty());
  EXPECT_EQ(config.relay.ports.min, 1024);
  EXPECT_EQ(config.relay.ports.max, 50999);
  ASSERT_EQ(config.relay.external.size(), 1U);
  EXPECT_EQ(config.relay.external.front().first.to_string(), "10.0.0.5");
  EXPECT_EQ(config.workers, 3U);
  EXPECT_EQ(config.relay.default_family, Family::ipv6);
}

TEST(CoturnImport, tls_is_there_where_both_files_are) {
  const auto config = config_of("cert=/c.pem\npkey=/k.pem\nno-tlsv1_2\n");
  EXPECT_EQ(texts(config.listen.tls), (std::vector<std::string>{"0.0.0.0:5349", "[::]:5349"}));
  EXPECT_EQ(config.tls.min_version, config::TlsVersion::tls1_3);
  for (const char* text : {"cert=/c.pem\n", "pkey=/k.pem\n", "cert=/c.pem\npkey=/k.pem\nno-tls\n"}) {
    EXPECT_TRUE(config_of(text).listen.tls.empty()) << text;
    EXPECT_THAT(yaml_of(text), HasSubstr("not needed: ")) << text;
  }
  const auto shared = config_of("cert=/c.pem\npkey=/k.pem\nlistening-port=443\ntls-listening-port=443\n");
  EXPECT_TRUE(shared.listen.tcp.empty());
  EXPECT_EQ(texts(shared.listen.tls), (std::vector<std::string>{"0.0.0.0:443", "[::]:443"}));
}

TEST(CoturnImport, credentials_come_along_and_users_do_not_where_coturn_has_secrets_alone) {
  const std::string users =
      "realm=example.org\nuser=alice:pass\nuser=bob:0x7da2270ccfa49786e0115366d3a3d14d\n";
  const auto both = config_of(users).credentials;
  EXPECT_EQ(both.users, (auth::Secrets{{"alice", "pass"}}));
  EXPECT_EQ(both.user_keys.size(), 1U);
  const std::string text =
      users + "use-auth-secret\nstatic-auth-secret=new\nstatic-auth-secret=old\nrest-api-separator=.\n";
  const auto secrets = config_of(text).credentials;
  EXPECT_EQ(secrets.rest_secrets, (std::vector<std::string>{"new", "old"}));
  EXPECT_EQ(secrets.rest_separator, ".");
  EXPECT_TRUE(secrets.users.empty() && secrets.user_keys.empty());
  EXPECT_THAT(yaml_of(text), HasSubstr("#   line 2: user: not needed: beside use-auth-secret"));
}

TEST(CoturnImport, ranges_become_prefixes_and_what_is_allowed_is_not_denied) {
  const auto peers = config_of(
                         "denied-peer-ip=9.0.0.0-11.255.255.255\nallowed-peer-ip=10.0.0.5\n"
                         "denied-peer-ip=2001::-2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff\n")
                         .peers;
  ASSERT_EQ(peers.allow.size(), 1U);
  const auto denies = [&](const char* address) {
    return std::ranges::any_of(peers.deny, [&](const turn::PeerRule& rule) {
      return rule.prefix.contains(*IpAddress::parse(address));
    });
  };
  for (const char* address : {"9.0.0.0", "10.0.0.4", "10.0.0.6", "11.255.255.255", "2001:100::1"})
    EXPECT_TRUE(denies(address)) << address;
  for (const char* address : {"10.0.0.5", "12.0.0.0", "8.255.255.255", "2001:200::"})
    EXPECT_FALSE(denies(address)) << address;
}

TEST(CoturnImport, what_is_refused_anyway_is_not_denied_as_well) {
  const std::string text = "denied-peer-ip=10.0.0.0-10.255.255.255\nallowed-peer-ip=10.0.0.5\n";
  EXPECT_TRUE(config_of(text).peers.deny.empty());
  EXPECT_EQ(config_of(text).peers.allow.size(), 1U);
  EXPECT_THAT(yaml_of(text), HasSubstr("private networks that denied-peer-ip does not name"));
  EXPECT_THAT(yaml_of("denied-peer-ip=0.0.0.0-255.255.255.255\n"), Not(HasSubstr("does not name")));
}

TEST(CoturnImport, limits_come_along) {
  const auto config = config_of(
      "user-quota=4\ntotal-quota=100\nmax-bps=64000\nstale-nonce\nmax-allocate-lifetime=300\n"
      "stun-backward-compatibility\n");
  EXPECT_EQ(config.limits.allocations_per_user, 4U);
  EXPECT_EQ(config.limits.allocations, 100U);
  EXPECT_EQ(config.limits.bytes_per_second_per_user, 128000U);
  EXPECT_EQ(config.limits.lifetime_max_s, 300U);
  EXPECT_EQ(config.nonce_life_s, 600U);
  EXPECT_TRUE(config.compat.rfc3489);
}

TEST(CoturnImport, an_external_address_of_nobody_knows_which_is_that_of_every_relay_of_its_family) {
  const auto both = config_of("external-ip=203.0.113.5\nexternal-ip=2001:db8::5\n").relay;
  EXPECT_EQ(both.external_by_family,
            (std::vector{*IpAddress::parse("203.0.113.5"), *IpAddress::parse("2001:db8::5")}));
  EXPECT_TRUE(both.external.empty());
  const std::string mixed = yaml_of("external-ip=203.0.113.5/10.0.0.5\nexternal-ip=203.0.113.6\n");
  EXPECT_THAT(mixed, HasSubstr("does not say which address of this host is \"203.0.113.6\" outside"));
  EXPECT_TRUE(config_of("external-ip=203.0.113.5\nrelay-ip=203.0.113.5\n").relay.external.empty());
}

TEST(CoturnImport, comments_repeat_no_value) {
  const std::string yaml = yaml_of(
      "psql-userdb=\"host=db password=hidden\"\ncli-password=hidden\npkey-pwd=hidden\nweird=hidden\n");
  EXPECT_EQ(yaml.find("hidden"), std::string::npos) << yaml;
  EXPECT_THAT(yaml, HasSubstr("#   line 1: psql-userdb: not there: give credentials.users_file\n"));
  EXPECT_THAT(yaml, HasSubstr("#   line 4: weird: not known\n"));
}

TEST(CoturnImport, what_the_values_break_together_is_told_and_nothing_is_printed) {
  const struct {
    std::string text;
    const char* error;
  } table[] = {
      {"min-port=60000\nmax-port=50000\n", "turnserver.conf: as relay.ports: "},
      {"external-ip=203.0.113.5/2001:db8::1\n", "turnserver.conf: as relay.external: "},
      {"relay-ip=224.0.0.1\n", "turnserver.conf: as relay.addresses: "},
      {"realm=\xff\n", "turnserver.conf: has characters that are no UTF-8"},
      {std::string(kFileBytesMax + 1, '#'), "turnserver.conf: is larger than 1048576 bytes"},
  };
  for (const auto& [text, error] : table) {
    const Imported imported = import_text(text, "turnserver.conf");
    ASSERT_FALSE(imported.errors.empty()) << error;
    EXPECT_THAT(imported.errors.front().line(), HasSubstr(error));
    EXPECT_EQ(imported.yaml, "");
  }
  std::string ranges;
  for (int i = 0; i < 40; ++i) ranges += "denied-peer-ip=::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe\n";
  EXPECT_TRUE(import_text(ranges, "f").errors.empty());  // they are one
  std::string pieces;
  for (int i = 0; i < 40; ++i)
    pieces +=
        fmt::format("denied-peer-ip={0:x}::1-{0:x}:ffff:ffff:ffff:ffff:ffff:ffff:fffe\n", 0x2a00 + 2 * i);
  EXPECT_THAT(import_text(pieces, "f").errors.front().line(), HasSubstr("more than 4096 prefixes"));
}

TEST(CoturnImport, a_file_that_cannot_be_read_is_told) {
  EXPECT_EQ(import_file("/no/such/file").errors.front().line(), "/no/such/file: No such file or directory");
  EXPECT_EQ(import_file("/").errors.front().line(), "/: is a folder");
}

}  // namespace
}  // namespace turnpike::coturn
