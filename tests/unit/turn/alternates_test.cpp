// Which server a client is sent to, by its way and its family, and to which it never is.
#include "turnpike/turn/alternates.hpp"

#include <gtest/gtest.h>

#include "any_endpoint.hpp"

namespace turnpike::turn {
namespace {

using test::at;

const Endpoint kHere = at("203.0.113.1:3478");
constexpr Transport kAll[] = {Transport::udp, Transport::tcp, Transport::tls};

Arrival arrival(Transport transport = Transport::udp, Family family = Family::ipv4,
                bool reads_domain = false) {
  return {transport, family, kHere, reads_domain};
}

AlternateServer server(std::vector<AlternateServer::Way> ways, std::string domain = "") {
  return {std::move(ways), std::move(domain)};
}

AlternateServer by_udp(std::string_view address) { return server({{Transport::udp, at(address)}}); }

TEST(Alternates, the_first_server_that_serves_transport_and_family_is_named) {
  const Alternates alternates(true, {by_udp("192.0.2.1:1"), by_udp("[2001:db8::2]:2"), by_udp("192.0.2.3:3"),
                                     server({{Transport::tcp, at("192.0.2.4:4")}})});
  const struct {
    Transport transport;
    Family family;
    std::optional<Endpoint> expected;
  } cases[] = {
      {Transport::udp, Family::ipv4, at("192.0.2.1:1")},
      {Transport::udp, Family::ipv6, at("[2001:db8::2]:2")},
      {Transport::tcp, Family::ipv4, at("192.0.2.4:4")},
      {Transport::tcp, Family::ipv6, {}},
      {Transport::tls, Family::ipv4, {}},
      {Transport::dtls, Family::ipv4, {}},
  };
  for (const auto& [transport, family, expected] : cases) {
    const auto detour = alternates.detour(arrival(transport, family));
    EXPECT_EQ(detour ? std::optional(detour->first) : std::nullopt, expected);
  }
}

TEST(Alternates, the_other_family_of_the_same_server_comes_second_ALT_02) {
  const Alternates alternates(true, {server({{Transport::udp, at("192.0.2.1:1")},
                                             {Transport::tcp, at("[2001:db8::1]:9")},
                                             {Transport::udp, at("[2001:db8::1]:1")},
                                             {Transport::udp, at("192.0.2.1:7")}})});
  EXPECT_EQ(alternates.detour(arrival(Transport::udp, Family::ipv4)),
            (Detour{at("192.0.2.1:1"), at("[2001:db8::1]:1")}));
  EXPECT_EQ(alternates.detour(arrival(Transport::udp, Family::ipv6)),
            (Detour{at("[2001:db8::1]:1"), at("192.0.2.1:1")}));
  EXPECT_EQ(alternates.detour(arrival(Transport::tcp, Family::ipv6)), Detour{at("[2001:db8::1]:9")});
}

TEST(Alternates, a_domain_is_for_TLS_and_for_clients_that_know_it_ALT_04) {
  const auto all_ways = [](std::string_view address) {
    std::vector<AlternateServer::Way> ways;
    for (const Transport transport : kAll) ways.push_back({transport, at(address)});
    return ways;
  };
  const Alternates alternates(
      true, {server(all_ways("192.0.2.1:1"), "two.example"), server(all_ways("192.0.2.2:2"))});
  const Detour named{at("192.0.2.1:1"), {}, "two.example"}, first{at("192.0.2.1:1")}, next{at("192.0.2.2:2")};
  EXPECT_EQ(alternates.detour(arrival(Transport::tls, Family::ipv4, true)), named);
  Arrival of_browser = arrival(Transport::tls, Family::ipv4, false);
  EXPECT_FALSE(alternates.detour(of_browser)) << "it would not find the name that it looks for";
  of_browser.may_stay = false;
  EXPECT_EQ(alternates.detour(of_browser), next) << "the certificate there has the old name";
  EXPECT_EQ(alternates.detour(arrival(Transport::tcp, Family::ipv4, true)), first);
  EXPECT_EQ(alternates.detour(arrival(Transport::udp, Family::ipv4, false)), first);
}

TEST(Alternates, a_server_never_names_itself_ALT_05) {
  const Alternates itself(true, {server({{Transport::tcp, at("192.0.2.9:9")}, {Transport::udp, kHere}})});
  EXPECT_FALSE(itself.detour(arrival(Transport::udp)));
  EXPECT_FALSE(itself.detour(arrival(Transport::tcp)));
  const Alternates others(true, {by_udp("203.0.113.1:3478"), by_udp("203.0.113.1:3479")});
  EXPECT_EQ(others.detour(arrival()), Detour{at("203.0.113.1:3479")}) << "another one on the same host";
}

TEST(Alternates, a_server_that_has_enough_clients_is_for_who_gets_nothing_here_ALT_08) {
  AlternateServer full = by_udp("192.0.2.1:1");
  full.has_enough = true;
  Arrival comes = arrival();
  EXPECT_FALSE(Alternates(true, {full}).detour(comes));
  EXPECT_EQ(Alternates(true, {full, by_udp("192.0.2.2:2")}).detour(comes), Detour{at("192.0.2.2:2")});
  comes.may_stay = false;
  EXPECT_EQ(Alternates(true, {full}).detour(comes), Detour{at("192.0.2.1:1")});
}

TEST(Alternates, what_no_client_can_use_is_left_out) {
  for (const char* address : {"192.0.2.1:0", "0.0.0.0:1", "0.1.2.3:1", "224.0.0.1:1", "255.255.255.255:1",
                              "[::]:1", "[ff02::1]:1", "[::ffff:192.0.2.1]:1"}) {
    const Alternates alternates(true, {by_udp(address)});
    EXPECT_FALSE(alternates.detour(arrival(Transport::udp, Family::ipv4))) << address;
    EXPECT_FALSE(alternates.detour(arrival(Transport::udp, Family::ipv6))) << address;
  }
  EXPECT_FALSE(Alternates(true, {server({{Transport::udp, Endpoint{{}, 1}}})}).detour(arrival()));
}

TEST(Alternates, TLS_with_a_domain_that_is_no_name_is_left_out) {
  const std::string longest(253, 'a'), longer(254, 'a');
  for (const std::string& domain : {longer, std::string(70'000, 'a'), std::string("a b"), std::string("a\n"),
                                    std::string("\0", 1), std::string("ä.example")}) {
    const Alternates alternates(
        true, {server({{Transport::tls, at("192.0.2.1:1")}, {Transport::udp, at("192.0.2.1:2")}}, domain)});
    EXPECT_FALSE(alternates.detour(arrival(Transport::tls, Family::ipv4, true)));
    EXPECT_EQ(alternates.detour(arrival()), Detour{at("192.0.2.1:2")});
  }
  const Alternates alternates(true, {server({{Transport::tls, at("192.0.2.1:1")}}, longest)});
  EXPECT_EQ(alternates.detour(arrival(Transport::tls, Family::ipv4, true))->domain, longest);
}

TEST(Alternates, servers_and_ways_are_bounded) {
  std::vector<AlternateServer> many(Alternates::kServersMax, server({}));
  many.push_back(by_udp("192.0.2.1:1"));
  EXPECT_FALSE(Alternates(true, many).detour(arrival()));
  std::vector<AlternateServer::Way> ways(Alternates::kWaysMax, {Transport::tcp, at("192.0.2.1:1")});
  ways.push_back({Transport::udp, at("192.0.2.1:1")});
  EXPECT_FALSE(Alternates(true, {server(ways)}).detour(arrival()));
}

}  // namespace
}  // namespace turnpike::turn
