// From the configuration to peer rules.
#include "turnpike/worker/policies.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "any_endpoint.hpp"

namespace turnpike::worker {
namespace {

const IpAddress kOwn4 = IpAddress::v4(20, 51, 100, 7);
const IpAddress kOwn6 = *IpAddress::parse("2001:db8::7");
const std::vector<IpAddress> kOwn{IpAddress::v4(127, 0, 0, 1), kOwn4, kOwn6};

using test::at;

class PoliciesTest : public ::testing::Test {
 protected:
  PoliciesTest() {
    config_.listen.udp = {at("20.51.100.7:3478")};
    config_.listen.tcp.clear();
    config_.control.listen.reset();
  }
  turn::Policies policies() const { return make_policies(config_, ledger_, kOwn); }

  config::Config config_;
  turn::Ledger ledger_{turn::LedgerOptions{}};
};

TEST_F(PoliciesTest, a_wildcard_stands_for_every_address_of_the_host_SEC_04) {
  config_.listen.udp = {at("0.0.0.0:3478"), at("[::]:3479")};
  config_.peers.allow = {{*IpPrefix::parse("0.0.0.0/0")}, {*IpPrefix::parse("::/0")}};
  const auto peers = policies().peers;
  for (const char* own :
       {"127.0.0.1:3478", "127.0.0.9:3478", "20.51.100.7:3478", "[2001:db8::7]:3478", "20.51.100.7:3479"})
    EXPECT_FALSE(peers->allows(at(own))) << own;
  EXPECT_TRUE(peers->allows(at("20.51.100.8:3478")));
}

TEST_F(PoliciesTest, addresses_of_the_host_are_no_peers_by_themselves_SEC_04) {
  EXPECT_FALSE(policies().peers->allows(at("20.51.100.7:161")));
  EXPECT_TRUE(policies().peers->allows(at("20.51.100.8:161")));
  config_.peers.allow = {{*IpPrefix::parse("20.51.100.7"), 7882, 7882}};
  EXPECT_TRUE(policies().peers->allows(at("20.51.100.7:7882")));
  EXPECT_FALSE(policies().peers->allows(at("20.51.100.7:161")));
}

TEST_F(PoliciesTest, listeners_of_every_kind_are_own_SEC_04) {
  config_.listen.tcp = {at("20.51.100.7:3479")};
  config_.listen.tls = {at("20.51.100.7:443")};
  config_.listen.dtls = {at("[2001:db8::7]:5349")};
  config_.control.listen = at("127.0.0.1:9478");
  EXPECT_EQ(own_listeners(config_),
            (std::vector<Endpoint>{at("20.51.100.7:3478"), at("20.51.100.7:3479"), at("20.51.100.7:443"),
                                   at("[2001:db8::7]:5349"), at("127.0.0.1:9478")}));
}

TEST_F(PoliciesTest, no_rule_allows_an_own_listener_SEC_04) {
  config_.listen.tcp = {at("0.0.0.0:3479")};
  config_.control.listen = at("127.0.0.1:9478");
  config_.peers.allow = {{*IpPrefix::parse("0.0.0.0/0")}, {*IpPrefix::parse("::/0")}};
  const auto peers = policies().peers;
  for (const char* own : {"20.51.100.7:3478", "20.51.100.7:3479", "127.0.0.1:3479", "127.0.0.1:9478"}) {
    EXPECT_FALSE(peers->allows(at(own))) << own;
    EXPECT_TRUE(peers->allows(at(own).with_port(7))) << own;
  }
}

TEST_F(PoliciesTest, rules_of_the_configuration_are_heeded) {
  config_.peers.allow = {{*IpPrefix::parse("10.1.0.0/16"), 5000, 6000}};
  config_.peers.deny = {{*IpPrefix::parse("8.8.8.8")}};
  const auto peers = policies().peers;
  EXPECT_TRUE(peers->allows(at("10.1.2.3:5000")));
  EXPECT_FALSE(peers->allows(at("10.1.2.3:4999")));
  EXPECT_FALSE(peers->allows(at("10.2.2.3:5000")));
  EXPECT_FALSE(peers->allows(at("8.8.8.8:5000")));
  EXPECT_TRUE(peers->allows(at("8.8.4.4:5000")));
}

TEST_F(PoliciesTest,
       behind_NAT_a_peer_is_judged_in_local_form_by_rules_and_listeners_of_either_form_SEC_04_SEC_06) {
  config_.relay.external = {{IpAddress::v4(10, 0, 0, 1), ExternalAddress(kOwn4)},
                            {IpAddress::v4(10, 0, 0, 2), ExternalAddress(IpAddress::v4(20, 51, 100, 8))}};
  struct Case {
    const char* name;
    std::vector<const char*> allow;
    std::vector<const char*> deny;
    const char* peer;  // 10.0.0.1 has a listener at 3478
    bool is_allowed;
  };
  const Case cases[] = {
      {"nobody names it", {}, {}, "10.0.0.2:7", false},
      {"allowed by its public address", {"20.51.100.8"}, {}, "10.0.0.2:7", true},
      {"allowed by the network of its public address", {"20.51.100.0/24"}, {}, "10.0.0.2:7", true},
      {"allowed by its local address", {"10.0.0.2"}, {}, "10.0.0.2:7", true},
      {"another is allowed", {"20.51.100.7"}, {}, "10.0.0.2:7", false},
      {"denied by its public address", {"10.0.0.0/8"}, {"20.51.100.8"}, "10.0.0.2:7", false},
      {"denied by its local address", {"20.51.100.0/24"}, {"10.0.0.2"}, "10.0.0.2:7", false},
      {"not behind the NAT", {}, {"20.51.100.8"}, "20.51.100.9:7", true},
      {"a listener", {"0.0.0.0/0"}, {}, "10.0.0.1:3478", false},
      {"beside a listener", {"0.0.0.0/0"}, {}, "10.0.0.1:3479", true},
  };
  for (const auto& [name, allow, deny, peer, is_allowed] : cases) {
    config_.peers = {};
    for (const char* prefix : allow) config_.peers.allow.push_back({*IpPrefix::parse(prefix)});
    for (const char* prefix : deny) config_.peers.deny.push_back({*IpPrefix::parse(prefix)});
    EXPECT_EQ(policies().peers->allows(at(peer)), is_allowed) << name;
  }
}

TEST_F(PoliciesTest, the_ports_of_a_rule_hold_for_both_forms) {
  config_.relay.external = {{IpAddress::v4(10, 0, 0, 2), ExternalAddress(IpAddress::v4(20, 51, 100, 8))}};
  config_.peers.allow = {{*IpPrefix::parse("20.51.100.8"), 50000, 60000}};
  const auto peers = policies().peers;
  EXPECT_TRUE(peers->allows(at("10.0.0.2:50000")));
  EXPECT_FALSE(peers->allows(at("10.0.0.2:49999")));
}

TEST_F(PoliciesTest, beside_livekit_only_its_media_is_a_peer) {
  config_.livekit.config = "livekit.yaml";
  config_.peers.allow = {{*IpPrefix::parse("203.0.113.5/32"), 50000, 60000}};
  const auto peers = policies().peers;
  EXPECT_TRUE(peers->allows(at("203.0.113.5:50000")));
  for (const char* other : {"203.0.113.5:443", "8.8.8.8:50000", "127.0.0.1:50000"})
    EXPECT_FALSE(peers->allows(at(other))) << other;
}

}  // namespace
}  // namespace turnpike::worker
