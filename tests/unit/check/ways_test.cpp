// Which ways a configuration offers to a browser that has come by some name.
#include "turnpike/check/ways.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::check {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }
Endpoint at(const char* text) { return Endpoint::parse(text).value(); }

std::vector<std::string> urls(const std::vector<Way>& ways) {
  std::vector<std::string> all;
  for (const Way& way : ways) all.insert(all.end(), way.urls.begin(), way.urls.end());
  return all;
}

config::Config with_listeners(std::vector<Endpoint> udp, std::vector<Endpoint> tcp,
                              std::vector<Endpoint> tls) {
  config::Config config;
  config.listen.udp = std::move(udp);
  config.listen.tcp = std::move(tcp);
  config.listen.tls = std::move(tls);
  return config;
}

TEST(Ways, are_one_for_each_transport_and_family) {
  const config::Config config =
      with_listeners(config::all_addresses(3478), {at("192.0.2.5:3478")}, config::all_addresses(443));
  const auto ways =
      ways_to(config, {ip("192.0.2.5"), ip("192.0.2.6"), ip("2001:db8::5")}, "turn.example.org");
  EXPECT_THAT(ways,
              ElementsAre(Way{"udp-ipv4", "udp", "ipv4", 3478, {"turn:192.0.2.5:3478?transport=udp"}},
                          Way{"udp-ipv6", "udp", "ipv6", 3478, {"turn:[2001:db8::5]:3478?transport=udp"}},
                          Way{"tcp-ipv4", "tcp", "ipv4", 3478, {"turn:192.0.2.5:3478?transport=tcp"}},
                          Way{"tls", "tls", "any", 443, {"turns:turn.example.org:443?transport=tcp"}}));
  EXPECT_THAT(stun_urls(ways), ElementsAre("stun:192.0.2.5:3478", "stun:[2001:db8::5]:3478"));
}

TEST(Ways, name_addresses_as_others_see_them) {
  config::Config config = with_listeners({at("10.0.0.5:3478"), at("[::]:3478")}, {at("0.0.0.0:3478")}, {});
  config.relay.external = {{ip("10.0.0.5"), ExternalAddress(ip("192.0.2.5"))}};
  EXPECT_THAT(urls(ways_to(config, {ip("10.0.0.5")}, "a.example:8443")),
              ElementsAre("turn:192.0.2.5:3478?transport=udp", "turn:192.0.2.5:3478?transport=tcp",
                          "turns:a.example:8443?transport=tcp"))
      << "without a relay of IPv6 there is no way by it";
}

TEST(Ways, go_to_the_host_where_no_address_is_known) {
  const config::Config config = with_listeners(config::all_addresses(3478), {at("[::]:3479")}, {});
  EXPECT_THAT(ways_to(config, {}, "turn.example.org"),
              ElementsAre(Way{"udp-any", "udp", "any", 3478, {"turn:turn.example.org:3478?transport=udp"}},
                          Way{"tcp-any", "tcp", "any", 3479, {"turn:turn.example.org:3479?transport=tcp"}},
                          Way{"tls", "tls", "any", 443, {"turns:turn.example.org:443?transport=tcp"}}));
}

TEST(Ways, are_told_apart_by_their_ports_and_named_once) {
  const config::Config config = with_listeners({at("192.0.2.5:3478"), at("192.0.2.5:443"), at("0.0.0.0:443")},
                                               {}, {at("0.0.0.0:443"), at("[::]:443"), at("0.0.0.0:5349")});
  const auto ways = ways_to(config, {ip("192.0.2.5")}, "a.example");
  std::vector<std::string> ids;
  for (const Way& way : ways) ids.push_back(way.id);
  EXPECT_THAT(ids, ElementsAre("udp-ipv4", "udp-ipv4-443", "tls", "tls-5349"));
  EXPECT_THAT(urls(ways_to(config, {}, "a.example:9443")),
              ElementsAre("turn:192.0.2.5:3478?transport=udp", "turn:192.0.2.5:443?transport=udp",
                          "turns:a.example:9443?transport=tcp"))
      << "who has come by another port is behind something that has the ports of this server in its own way";
}

TEST(Ways, over_TLS_take_the_host_as_it_was_called) {
  const config::Config config = with_listeners({}, {}, {});
  const std::pair<const char*, const char*> table[] = {
      {"a.example", "turns:a.example:443?transport=tcp"},
      {"a.example:5349", "turns:a.example:5349?transport=tcp"},
      {"192.0.2.5:443", "turns:192.0.2.5:443?transport=tcp"},
      {"[2001:db8::5]", "turns:[2001:db8::5]:443?transport=tcp"},
      {"[2001:db8::5]:1", "turns:[2001:db8::5]:1?transport=tcp"}};
  for (const auto& [host, url] : table) EXPECT_THAT(urls(ways_to(config, {}, host)), ElementsAre(url));
  EXPECT_THAT(stun_urls(ways_to(config, {}, "a.example")), IsEmpty());
}

}  // namespace
}  // namespace turnpike::check
