// Which peers are allowed: the built-in list, rules over it, own listeners and own relays.
#include "turnpike/turn/peer_policy.hpp"

#include <gtest/gtest.h>

#include <set>

#include "any_endpoint.hpp"
#include "turnpike/base/random.hpp"

namespace turnpike::turn {
namespace {

IpAddress ip(const char* text) { return IpAddress::parse(text).value(); }
using test::at;
PeerRule rule(const char* prefix, std::uint16_t port_min = 0, std::uint16_t port_max = 65535) {
  return {IpPrefix::parse(prefix).value(), port_min, port_max};
}

struct Relays final : LiveRelays {
  std::set<PeerEndpoint> live;
  bool is_live_relay(const PeerEndpoint& peer) const override { return live.contains(peer); }
  std::set<PeerEndpoint> of_visitors;
  bool is_visitors_relay(const PeerEndpoint& peer) const override { return of_visitors.contains(peer); }
  bool is_relay_address(const IpAddress& address) const override {
    for (const PeerEndpoint& relay : live) {
      if (relay.address == address) return true;
    }
    return false;
  }
};
const Relays kNone;

// The same answer for CreatePermission and for a port, as long as no rule speaks of ports.
bool allowed(const PeerPolicy& policy, const IpAddress& address) {
  EXPECT_EQ(!policy.why_no_port(address), policy.allows({address, 5000})) << address.to_string();
  EXPECT_FALSE(policy.ports_differ(address));
  return policy.allows({address, 5000});
}

struct Case {
  const char* address;
  bool allowed;
};

// First and last addresses of each range and their neighbours outside.
constexpr Case kByDefault[] = {
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"1.0.0.0", true},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"126.255.255.255", true},
    {"127.0.0.0", false},
    {"127.255.255.255", false},
    {"128.0.0.0", true},
    {"169.253.255.255", true},
    {"169.254.0.0", false},
    {"169.254.169.254", false},
    {"169.255.0.0", true},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"192.0.0.255", false},
    {"192.0.1.0", true},
    {"192.0.2.0", false},
    {"192.0.2.255", false},
    {"192.0.3.0", true},
    {"192.88.99.1", false},
    {"192.167.255.255", true},
    {"192.168.0.0", false},
    {"192.168.255.255", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"198.51.99.255", true},
    {"198.51.100.0", false},
    {"198.51.100.255", false},
    {"198.51.101.0", true},
    {"203.0.112.255", true},
    {"203.0.113.0", false},
    {"203.0.113.255", false},
    {"203.0.114.0", true},
    {"223.255.255.255", true},
    {"224.0.0.0", false},
    {"239.255.255.255", false},
    {"240.0.0.0", false},
    {"255.255.255.255", false},
    {"8.8.8.8", true},
    {"::", false},
    {"::1", false},
    {"::ffff:ffff", false},
    {"::1:0:0:0", true},
    {"100::1", false},
    {"100:0:0:1::", false},
    {"100:0:0:1:ffff::", false},
    {"100:0:0:2::", true},
    {"2000::1", true},
    {"2001:0:1::1", false},
    {"2001:1::1", true},
    {"2001:2::1", false},
    {"2001:2:1::1", true},
    {"2001:f:ffff::1", true},
    {"2001:10::1", false},
    {"2001:2f:ffff::1", false},
    {"2001:30::1", true},
    {"2001:db7:ffff::1", true},
    {"2001:db8::1", false},
    {"2001:db8:ffff::1", false},
    {"2001:db9::1", true},
    {"2001:4860::8888", true},
    {"2002::1", false},
    {"2003::1", true},
    {"3ffe::1", true},
    {"3fff::1", false},
    {"3fff:fff:ffff::1", false},
    {"3fff:1000::1", true},
    {"5eff::1", true},
    {"5f00::1", false},
    {"5f00:ffff::1", false},
    {"5f01::1", true},
    {"fbff::1", true},
    {"fc00::", false},
    {"fdff:ffff::1", false},
    {"fe00::1", true},
    {"fe7f:ffff::1", true},
    {"fe80::1", false},
    {"febf:ffff::1", false},
    {"fec0::1", false},
    {"feff:ffff::1", false},
    {"ff00::", false},
    {"ff02::1", false},
    {"ffff::1", false},
    {"2a00:1450::1", true},
};

TEST(PeerPolicy, special_ranges_are_refused_by_default_S1_S5_TURN_PERM_14) {
  const PeerPolicy policy({}, kNone);
  for (const auto& [address, is_allowed] : kByDefault)
    EXPECT_EQ(allowed(policy, ip(address)), is_allowed) << address;
}

// Every form in which 10.1.2.3 and 198.51.100.7 (public) hide in IPv6, with what it takes to open it: an
// allow rule of its own, or nothing.
constexpr struct {
  const char* form;
  const char* hidden[2];
  bool rule_can_open;
} kForms[] = {
    {"IPv4-mapped", {"::ffff:10.1.2.3", "::ffff:198.51.100.7"}, false},
    {"IPv4-compatible", {"::10.1.2.3", "::198.51.100.7"}, true},
    {"6to4", {"2002:a01:203::1", "2002:c633:6407::1"}, false},
    {"Teredo", {"2001:0:a01:203::1", "2001:0:c633:6407::1"}, false},
    {"NAT64", {"64:ff9b::10.1.2.3", "64:ff9b::198.51.100.7"}, true},
    {"NAT64, local use", {"64:ff9b:1::10.1.2.3", "64:ff9b:1:2:3:4:198.51.100.7"}, true},
    {"SIIT", {"::ffff:0:10.1.2.3", "::ffff:0:198.51.100.7"}, true},
    {"ISATAP", {"2001:db8::5efe:10.1.2.3", "2001:db8::200:5efe:198.51.100.7"}, true},
};

TEST(PeerPolicy, no_form_of_an_ipv4_address_gets_around_the_list_S7_S8_S9_TURN_PERM_13) {
  const PeerPolicy by_default({}, kNone);
  const PeerPolicy with_ipv4_allowed(
      {.allow = {rule("10.0.0.0/8"), rule("198.51.100.0/24")}, .deny = {}, .own_listeners = {}}, kNone);
  const PeerPolicy with_port({.allow = {rule("10.0.0.0/8", 5000, 5000)}, .deny = {}, .own_listeners = {}},
                             kNone);
  const PeerPolicy with_ipv4_denied({.allow = {}, .deny = {rule("198.51.100.0/24")}, .own_listeners = {}},
                                    kNone);
  EXPECT_TRUE(allowed(with_ipv4_allowed, ip("10.1.2.3")));
  for (const auto& [form, hidden, rule_can_open] : kForms) {
    for (const char* address : hidden) {
      for (const PeerPolicy* policy : {&by_default, &with_ipv4_allowed, &with_port, &with_ipv4_denied}) {
        EXPECT_FALSE(policy->allows({ip(address), 5000})) << form;
        EXPECT_TRUE(policy->why_no_port(ip(address))) << form;
      }
      PeerRules rules;
      rules.allow = {{{ip(address), 128}}};
      EXPECT_EQ(allowed(PeerPolicy(rules, kNone), ip(address)), rule_can_open) << form;
    }
  }
}

TEST(PeerPolicy, tunnels_are_never_relayed_SEC_05) {
  for (const char* address : {"2001::1", "2001:0:ffff::1", "2002::", "2002:ffff::1", "::ffff:8.8.8.8"})
    EXPECT_TRUE(is_never_relayed(ip(address)));
  for (const char* address : {"2001:1::1", "2003::1", "8.8.8.8", "::8.8.8.8", "64:ff9b::8.8.8.8"})
    EXPECT_FALSE(is_never_relayed(ip(address)));
}

TEST(PeerPolicy, deny_beats_allow_and_allow_beats_the_built_in_list) {
  const PeerPolicy policy({.allow = {rule("10.0.0.0/8"), rule("fd00::/8")},
                           .deny = {rule("10.9.0.0/16"), rule("8.8.8.0/24")},
                           .own_listeners = {}},
                          kNone);
  const Case cases[] = {{"10.1.1.1", true}, {"10.9.1.1", false}, {"8.8.8.8", false},
                        {"8.8.9.8", true},  {"fd12::1", true},   {"fc12::1", false}};
  for (const auto& [address, is_allowed] : cases)
    EXPECT_EQ(allowed(policy, ip(address)), is_allowed) << address;
}

TEST(PeerPolicy, rules_may_speak_of_ports) {
  const PeerPolicy policy({.allow = {rule("10.0.0.0/8", 5000, 5009)},
                           .deny = {rule("8.8.8.0/24", 0, 1023), rule("10.0.0.0/8", 5005, 5005)},
                           .own_listeners = {}},
                          kNone);
  const std::pair<const char*, bool> cases[] = {
      {"10.0.0.1:4999", false}, {"10.0.0.1:5000", true}, {"10.0.0.1:5005", false}, {"10.0.0.1:5009", true},
      {"10.0.0.1:5010", false}, {"8.8.8.8:1", false},    {"8.8.8.8:1023", false},  {"8.8.8.8:1024", true},
      {"8.8.8.8:65535", true},  {"8.8.8.8:0", false},    {"9.9.9.9:1", true},
  };
  for (const auto& [peer, is_allowed] : cases) EXPECT_EQ(policy.allows(at(peer)), is_allowed) << peer;
  for (const char* address : {"10.0.0.1", "8.8.8.8"}) {
    EXPECT_FALSE(policy.why_no_port(ip(address)));
    EXPECT_TRUE(policy.ports_differ(ip(address)));
  }
  EXPECT_FALSE(policy.ports_differ(ip("9.9.9.9")));

  const PeerPolicy nothing_left({.allow = {rule("10.0.0.0/8", 5000, 5001)},
                                 .deny = {rule("10.0.0.0/8", 5000, 5001)},
                                 .own_listeners = {}},
                                kNone);
  EXPECT_TRUE(nothing_left.why_no_port(ip("10.0.0.1")));
}

TEST(PeerPolicy, own_listeners_are_refused_whatever_the_rules_say_SEC_04_S12) {
  const PeerPolicy policy({.allow = {rule("0.0.0.0/0"), rule("::/0")},
                           .deny = {},
                           .own_listeners = {at("192.0.2.1:3478"), at("[2001:db8::1]:3478")}},
                          kNone);
  for (const char* listener : {"192.0.2.1:3478", "[2001:db8::1]:3478"})
    EXPECT_FALSE(policy.allows(at(listener)));
  for (const char* other : {"192.0.2.1:3479", "192.0.2.2:3478", "[2001:db8::1]:3477"})
    EXPECT_TRUE(policy.allows(at(other)));
  EXPECT_FALSE(policy.why_no_port(ip("192.0.2.1")));
  EXPECT_TRUE(policy.ports_differ(ip("192.0.2.1")));
  EXPECT_FALSE(policy.ports_differ(ip("192.0.2.2")));
}

TEST(PeerPolicy, the_hosts_own_addresses_are_refused_unless_a_rule_allows_them_SEC_04) {
  Relays relays;
  relays.live = {at("20.0.2.1:50000")};
  PeerRules rules;
  rules.allow = {rule("20.0.2.1", 7882, 7882)};
  rules.own_listeners = {at("0.0.0.0:3478"), at("[::]:3479"), at("20.0.2.2:3480")};
  rules.own_addresses = {IpPrefix::parse("20.0.2.1").value(), IpPrefix::parse("2a00:db8::1").value()};
  const PeerPolicy policy(rules, relays);
  const struct {
    const char* peer;
    std::optional<Cause> refused;
  } cases[] = {
      {"20.0.2.1:161", Cause::peer_is_this_host},
      {"20.0.2.1:7882", {}},
      {"20.0.2.1:50000", {}},
      {"20.0.2.1:3478", Cause::peer_is_listener},
      {"20.0.2.1:3479", Cause::peer_is_listener},
      {"20.0.2.1:3480", Cause::peer_is_this_host},
      {"[2a00:db8::1]:3478", Cause::peer_is_listener},
      {"[2a00:db8::1]:161", Cause::peer_is_this_host},
      {"20.0.2.2:3478", {}},  // of another host
      {"20.0.2.2:3480", Cause::peer_is_listener},
  };
  for (const auto& [peer, refused] : cases) {
    const auto refusal = policy.why_not(at(peer));
    EXPECT_EQ(refusal ? std::optional(refusal->cause) : std::nullopt, refused) << peer;
  }
  EXPECT_FALSE(policy.why_no_port(ip("20.0.2.1")));
  EXPECT_EQ(policy.why_no_port(ip("2a00:db8::1"))->cause, Cause::peer_is_this_host);
  EXPECT_TRUE(policy.ports_differ(ip("20.0.2.1")));
}

TEST(PeerPolicy, own_live_relays_are_allowed_over_deny_rules_and_the_list_TURN_PERM_16) {
  Relays relays;
  relays.live = {at("10.0.0.5:50000")};
  const PeerPolicy policy({.allow = {}, .deny = {rule("10.0.0.0/8")}, .own_listeners = {at("10.0.0.5:3478")}},
                          relays);
  EXPECT_TRUE(policy.allows(at("10.0.0.5:50000")));
  EXPECT_FALSE(policy.allows(at("10.0.0.5:50001")));
  EXPECT_FALSE(policy.allows(at("10.0.0.5:3478")));
  EXPECT_FALSE(policy.why_no_port(ip("10.0.0.5")));
  EXPECT_TRUE(policy.ports_differ(ip("10.0.0.5")));
  EXPECT_TRUE(policy.why_no_port(ip("10.0.0.6")));
}

// S10: prefixes of every length, against numbers.
__extension__ using Wide = unsigned __int128;

Wide number(const IpAddress& address) {
  Wide value = 0;
  for (const std::uint8_t byte : address.wire()) value = value << 8 | byte;
  return value;
}

TEST(PeerPolicy, prefixes_are_compared_as_numbers_S10) {
  SeededRandom random(9);
  for (int round = 0; round < 20'000; ++round) {
    const bool v6 = random.below(2) == 0;
    std::array<std::uint8_t, 16> bytes;
    random.fill(bytes);
    const IpAddress base = IpAddress::from_bytes(Bytes{bytes}.first(v6 ? 16 : 4));
    const unsigned width = v6 ? 128 : 32;
    const unsigned bits = random.below(width + 1);
    bytes[random.below(v6 ? 16 : 4)] ^=
        static_cast<std::uint8_t>(1U << random.below(8));  // a neighbour: one bit apart
    const IpAddress other = IpAddress::from_bytes(Bytes{bytes}.first(v6 ? 16 : 4));
    const auto prefix = IpPrefix::parse(base.to_string() + "/" + std::to_string(bits));
    ASSERT_TRUE(prefix);
    const unsigned shift = width - bits;
    const bool inside = shift >= width || number(base) >> shift == number(other) >> shift;
    const PeerPolicy policy({.allow = {{*prefix}}, .deny = {}, .own_listeners = {}}, kNone);
    EXPECT_EQ(policy.allows({other, 1}), !is_never_relayed(other) && (inside || !is_special_purpose(other)))
        << prefix->to_string();
    PeerRules denying;
    denying.deny = {{*prefix}};
    EXPECT_EQ(PeerPolicy(denying, kNone).allows({other, 1}), !inside && !is_special_purpose(other))
        << prefix->to_string();
  }
}

// why_no_port() looks at a few ports only: over all of them the answer is the same.
TEST(PeerPolicy, some_port_means_some_port) {
  SeededRandom random(10);
  const auto port = [&] { return static_cast<std::uint16_t>(random.below(12)); };
  for (int round = 0; round < 2'000; ++round) {
    PeerRules rules;
    for (auto* list : {&rules.allow, &rules.deny}) {
      for (std::uint32_t i = random.below(3); i > 0; --i) {
        const std::uint16_t low = port();
        list->push_back(
            {IpPrefix::parse("10.0.0.0/8").value(), low,
             random.below(4) == 0 ? std::uint16_t{65535} : static_cast<std::uint16_t>(low + port())});
      }
    }
    if (random.below(2) == 0) rules.own_listeners = {at("10.0.0.1:5")};
    const PeerPolicy policy(rules, kNone);
    bool some = false;
    bool all = true;
    for (std::uint32_t p = 1; p <= 65535; p = p == 64 ? 65500 : p + 1) {
      const bool one = policy.allows({ip("10.0.0.1"), static_cast<std::uint16_t>(p)});
      some |= one;
      all &= one;
    }
    EXPECT_EQ(!policy.why_no_port(ip("10.0.0.1")), some);
    if (some != all) {
      EXPECT_TRUE(policy.ports_differ(ip("10.0.0.1")));
    }
  }
}

TEST(PeerPolicy, where_only_what_is_allowed_counts_all_else_is_refused_own_relays_too) {
  Relays relays;
  relays.live = {at("203.0.113.1:50000"), at("203.0.113.9:50000")};
  PeerRules rules;
  rules.allow = {rule("203.0.113.1", 40000, 60000), rule("10.0.0.0/8"), rule("203.0.113.2")};
  rules.deny = {rule("203.0.113.2")};
  rules.own_listeners = {at("10.0.0.1:3478")};
  rules.only_allowed = true;
  const PeerPolicy policy(rules, relays);
  const struct {
    const char* peer;
    bool port_allowed, address_allowed;
  } cases[] = {
      {"203.0.113.1:50001", true, true},
      {"203.0.113.1:39999", false, true},  // besides its ports
      {"203.0.113.1:50000", false, true},  // a relay of ours in the middle of them
      {"203.0.113.9:50000", false, false},
      {"203.0.113.9:50001", false, false},  // a relay address, and none that is allowed
      {"10.1.2.3:7", true, true},
      {"10.0.0.1:3478", false, true},   // an own listener
      {"203.0.113.2:7", false, false},  // denied
      {"8.8.8.8:53", false, false},
      {"[2001:4860::1]:53", false, false},  // public, and yet not allowed
  };
  for (const auto& c : cases) {
    EXPECT_EQ(policy.allows(at(c.peer)), c.port_allowed) << c.peer;
    EXPECT_EQ(!policy.why_no_port(at(c.peer).address), c.address_allowed) << c.peer;
  }
  EXPECT_TRUE(policy.ports_differ(at("203.0.113.1:1").address));
}

TEST(PeerPolicy, visitors_reach_relays_of_visitors_and_nothing_else_whatever_the_rules_say) {
  Relays relays;
  const PeerEndpoint of_visitor(at("20.0.113.1:50000")), of_user(at("20.0.113.1:50001"));
  const PeerEndpoint listener(at("20.0.113.1:50002")), others(at("20.0.113.1:7")),
      outside(at("20.0.2.1:5000"));
  relays.live = {of_visitor, of_user, listener};
  relays.of_visitors = {of_visitor, listener};
  constexpr auto kReach = relay::Reach::visitors;
  const auto everything = rule("0.0.0.0/0");
  const PeerRules table[] = {
      {},
      {.allow = {everything}, .deny = {}, .own_listeners = {}},
      {.allow = {}, .deny = {everything}, .own_listeners = {}},
      {.allow = {}, .deny = {}, .own_listeners = {}, .only_allowed = true},
      {.allow = {}, .deny = {}, .own_listeners = {}, .own_addresses = {*IpPrefix::parse("20.0.113.1")}}};
  for (PeerRules rules : table) {
    rules.own_listeners.push_back(listener.plain());
    const PeerPolicy policy(rules, relays);
    EXPECT_TRUE(policy.allows(of_visitor, kReach));
    EXPECT_FALSE(policy.why_no_port(of_visitor.address, kReach));
    EXPECT_TRUE(policy.ports_differ(of_visitor.address)) << "so that each port is asked for";
    for (const PeerEndpoint& peer : {of_user, others, outside})
      EXPECT_EQ(policy.why_not(peer, kReach)->cause, Cause::peer_is_no_visitor);
    EXPECT_EQ(policy.why_no_port(outside.address, kReach)->cause, Cause::peer_is_no_visitor);
    EXPECT_EQ(policy.why_not(listener, kReach)->cause, Cause::peer_is_listener);
    EXPECT_EQ(policy.why_not({of_visitor.address, 0}, kReach)->cause, Cause::malformed);
  }
}

TEST(PeerPolicy, visitors_are_no_way_for_others_to_reach_more) {
  Relays relays;
  const PeerEndpoint of_visitor(at("20.0.113.1:50000"));
  relays.live = relays.of_visitors = {of_visitor};
  EXPECT_EQ(PeerPolicy({.allow = {rule("0.0.0.0/0")}, .deny = {}, .own_listeners = {}, .only_allowed = true},
                       relays)
                .why_not(of_visitor)
                ->cause,
            Cause::peer_is_relay);
}

}  // namespace
}  // namespace turnpike::turn
