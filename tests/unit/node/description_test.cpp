// What a node says of itself.
#include "turnpike/node/description.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::node {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }
Endpoint at(const char* text) { return Endpoint::parse(text).value(); }

std::vector<std::string> texts(const std::vector<fleet::NodeAddress>& addresses) {
  std::vector<std::string> texts;
  for (const auto& [transport, endpoint] : addresses)
    texts.push_back(std::string(to_string(transport)) + " " + endpoint.to_string());
  return texts;
}

TEST(Description, listeners_on_every_address_are_reached_where_relays_are_and_as_others_see_them) {
  config::Config config;
  config.listen.udp = {at("0.0.0.0:3478"), at("[::]:3478"), at("0.0.0.0:3478")};
  config.listen.tcp = {at("10.0.0.9:80")};
  config.listen.tls = {at("0.0.0.0:443")};
  config.listen.dtls = {at("[::]:5349")};
  config.relay.external = {{ip("10.0.0.1"), ExternalAddress(ip("203.0.113.1"))},
                           {ip("10.0.0.9"), ExternalAddress(ip("203.0.113.9"))}};
  EXPECT_THAT(
      texts(addresses_of(config, {ip("10.0.0.1"), ip("10.0.0.2"), ip("2001:db8::1")})),
      ElementsAre("udp 203.0.113.1:3478", "udp [2001:db8::1]:3478", "udp 10.0.0.2:3478", "tcp 203.0.113.9:80",
                  "tls 203.0.113.1:443", "tls 10.0.0.2:443", "dtls [2001:db8::1]:5349"));
  EXPECT_THAT(texts(addresses_of(config, {})), ElementsAre("tcp 203.0.113.9:80"));
}

TEST(Description, what_most_can_reach_comes_first) {
  config::Config config;
  config.listen.udp = {at("127.0.0.1:1"), at("10.0.0.1:2"), at("203.0.113.1:3"), at("[fe80::1]:4"),
                       at("[::1]:5")};
  config.listen.tcp.clear();
  EXPECT_THAT(texts(addresses_of(config, {})),
              ElementsAre("udp 203.0.113.1:3", "udp 10.0.0.1:2", "udp [fe80::1]:4", "udp 127.0.0.1:1",
                          "udp [::1]:5"));
}

TEST(Description, the_name_is_one_that_the_certificate_proves) {
  using Texts = std::vector<std::string>;
  const struct {
    Texts names, urls;
    const char* name;
  } kCases[] = {
      {{}, {}, ""},
      {{}, {"turns:turn.example.org"}, ""},
      {{"a.example.org"}, {}, "a.example.org"},
      {{"192.0.2.1", "a.example.org"}, {"turns:192.0.2.1"}, "a.example.org"},
      {{"a.example.org", "b.example.org"},
       {"turn:c.example.org", "turns:b.example.org:443"},
       "b.example.org"},
      {{"a.example.org"}, {"turns:other.example.org"}, "a.example.org"},
      {{"*.example.org"}, {"turns:b.example.org"}, "b.example.org"},
      {{"*.example.org"}, {"turn:b.example.org"}, "turn.example.org"},
      {{"192.0.2.1"}, {}, ""},
  };
  for (const auto& [names, urls, name] : kCases)
    EXPECT_EQ(certificate_name(names, urls), name) << testing::PrintToString(names);
}

TEST(Description, the_share_of_work_follows_what_was_counted) {
  BusyShare share;
  EXPECT_EQ(share.follow(milliseconds(100), milliseconds(0)), 0U) << "it begins";
  EXPECT_EQ(share.follow(milliseconds(300), milliseconds(800)), 100U) << "half of 200 of 1000";
  EXPECT_EQ(share.follow(milliseconds(800), milliseconds(1300)), 300U) << "half of 500, half of 100";
  EXPECT_EQ(share.follow(milliseconds(800), milliseconds(1300)), 300U) << "nothing was counted";
  EXPECT_EQ(share.follow(milliseconds(400), milliseconds(650)), 300U) << "a worker is missing";
  EXPECT_EQ(share.follow(milliseconds(400), milliseconds(1650)), 150U);
  EXPECT_EQ(share.permille(), 150U);
}

TEST(Description, ports_are_those_that_are_scarcer) {
  const turn::PortCounts ports{.total = 1000, .free = 600, .resting = 100, .leased = 300};
  EXPECT_EQ(load_of({70, ports, 300, 0, 8}), (fleet::Load{70, 300, 1000, 8}));
  EXPECT_EQ(load_of({70, ports, 300, 400, 8}), (fleet::Load{70, 300, 400, 8}));
  EXPECT_EQ(load_of({70, ports, 150, 1000, 8}), (fleet::Load{70, 300, 1000, 8})) << "two ports each";
  EXPECT_EQ(load_of({70, {}, 5, 10, 8}), (fleet::Load{70, 5, 10, 8}));
  EXPECT_EQ(load_of({70, {}, 0, 0, 8}), (fleet::Load{70, 0, 0, 8}));
}

TEST(Description, everything_that_others_want_to_know_is_there) {
  config::Config config;
  config.listen.udp = {at("192.0.2.1:3478")};
  config.listen.tcp.clear();
  config.fleet.region = "eu";
  config.livekit.ice_urls = {"turns:turn.example.org"};
  fleet::NodeRecord record, wanted;
  record.id = wanted.id = "x";
  record.is_leaving = wanted.is_leaving = true;
  describe(config, {{}, {"turn.example.org"}, "kernel", "1.2.3", {10, 1, 2, 3}, true}, record);
  wanted.addresses = {{Transport::udp, {ip("192.0.2.1"), 3478}}};
  wanted.certificate_name = "turn.example.org";
  wanted.region = "eu";
  wanted.engine = "kernel";
  wanted.version = "1.2.3";
  wanted.urls = {"turns:turn.example.org"};
  wanted.load = {10, 1, 2, 3};
  wanted.is_draining = true;
  EXPECT_EQ(record, wanted);
  config.fleet.redirects = false;
  describe(config, {}, record);
  EXPECT_THAT(record.addresses, testing::IsEmpty());
}

}  // namespace
}  // namespace turnpike::node
