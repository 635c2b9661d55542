// Addresses, endpoints and prefixes.
#include "turnpike/base/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "turnpike/base/random.hpp"

namespace turnpike {
namespace {

__extension__ using U128 = unsigned __int128;

U128 number(const IpAddress& address) {
  U128 value = 0;
  for (const std::uint8_t byte : address.wire()) value = value << 8 | byte;
  return value;
}

IpAddress address_of(Family family, U128 value) {
  std::array<std::uint8_t, 16> wire;
  for (std::size_t i = wire.size(); i-- > 0; value >>= 8) wire[i] = static_cast<std::uint8_t>(value);
  return IpAddress::from_bytes(family == Family::ipv4 ? Bytes{wire}.subspan(12) : Bytes{wire});
}

TEST(IpAddress, text_comes_back_in_its_shortest_form) {
  constexpr std::pair<const char*, const char*> cases[] = {{"192.0.2.1", "192.0.2.1"},
                                                           {"0.0.0.0", "0.0.0.0"},
                                                           {"255.255.255.255", "255.255.255.255"},
                                                           {"::", "::"},
                                                           {"2001:DB8:0:0::1", "2001:db8::1"},
                                                           {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
                                                           {"0:0:0:0:0:FFFF:C000:0201", "::ffff:192.0.2.1"}};
  for (const auto& [text, canonical] : cases) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), canonical);
  }
}

TEST(IpAddress, what_is_no_address_is_refused) {
  for (const char* text : {"", " ", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.04 ", " 1.2.3.4",
                           "1.2.3.4:5", "[::1]", ":::", "::1%lo", "fe80::1%1", "12345::", "1:2:3:4:5:6:7:8:9",
                           "localhost", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, families_never_compare_equal_and_ipv4_is_kept_mapped) {
  const IpAddress v4 = IpAddress::v4(192, 0, 2, 1);
  const IpAddress mapped = *IpAddress::parse("::ffff:192.0.2.1");
  EXPECT_NE(v4, mapped);
  EXPECT_EQ(v4.bytes16(), mapped.bytes16());
  EXPECT_EQ(v4.wire().size(), 4U);
  EXPECT_EQ(mapped.wire().size(), 16U);
  EXPECT_EQ(mapped.unmapped(), v4);
  EXPECT_EQ(v4.unmapped(), v4);
  for (const char* text : {"::192.0.2.1", "::fffe:192.0.2.1", "1::ffff:192.0.2.1", "::"}) {
    EXPECT_EQ(IpAddress::parse(text)->unmapped(), IpAddress::parse(text)) << text;
  }
  EXPECT_EQ(IpAddress{}.to_string(), "none");
  EXPECT_EQ(IpAddress{}.family(), Family::none);
}

TEST(Endpoint, text_comes_back) {
  for (const char* text : {"192.0.2.1:3478", "0.0.0.0:0", "[2001:db8::1]:65535", "[::]:3478"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
  EXPECT_EQ(Endpoint::parse("192.0.2.1:3478")->with_port(9).to_string(), "192.0.2.1:9");
}

TEST(Endpoint, what_is_no_endpoint_is_refused) {
  for (const char* text : {"", ":", "192.0.2.1", "192.0.2.1:", ":3478", "192.0.2.1:65536", "192.0.2.1:-1",
                           "192.0.2.1:+1", "192.0.2.1: 1", "192.0.2.1:1x", "[192.0.2.1]:1", "::1:3478",
                           "[::1]", "[::1]:", "[::1", "[]:1", "::1]:1", "192.0.2.1:4294967297"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(IpPrefix, text_comes_back_with_host_bits_cleared) {
  constexpr std::pair<const char*, const char*> cases[] = {{"10.0.0.0/8", "10.0.0.0/8"},
                                                           {"10.1.2.3/8", "10.0.0.0/8"},
                                                           {"10.255.255.255/9", "10.128.0.0/9"},
                                                           {"192.0.2.1", "192.0.2.1/32"},
                                                           {"1.2.3.4/0", "0.0.0.0/0"},
                                                           {"ffff::/7", "fe00::/7"},
                                                           {"2001:db8::1", "2001:db8::1/128"},
                                                           {"fe80::1/10", "fe80::/10"},
                                                           {"2001:db8:ffff::/33", "2001:db8:8000::/33"}};
  for (const auto& [text, canonical] : cases) {
    const auto prefix = IpPrefix::parse(text);
    ASSERT_TRUE(prefix) << text;
    EXPECT_EQ(prefix->to_string(), canonical);
  }
}

TEST(IpPrefix, what_is_no_prefix_is_refused) {
  for (const char* text : {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8",
                           "10.0.0.0/8 ", "10.0.0/8", "::/129", "::/x", "10.0.0.0-10.1.0.0"}) {
    EXPECT_FALSE(IpPrefix::parse(text)) << text;
  }
}

TEST(IpPrefix, contains_only_its_own_family) {
  EXPECT_TRUE(IpPrefix::parse("0.0.0.0/0")->contains(IpAddress::v4(255, 255, 255, 255)));
  EXPECT_FALSE(IpPrefix::parse("0.0.0.0/0")->contains(*IpAddress::parse("::ffff:1.2.3.4")));
  EXPECT_TRUE(IpPrefix::parse("::/0")->contains(*IpAddress::parse("::ffff:1.2.3.4")));
  EXPECT_FALSE(IpPrefix::parse("::/0")->contains(IpAddress::v4(1, 2, 3, 4)));
  EXPECT_FALSE(IpPrefix::parse("::/0")->contains(IpAddress{}));
}

// Where a prefix ends inside a byte it is easily compared wrongly: arithmetic is the judge.
TEST(IpPrefix, prefixes_agree_with_whole_numbers_S10) {
  SeededRandom random(10);
  int inside = 0;
  for (int round = 0; round < 40000; ++round) {
    const Family family = random.below(2) == 0 ? Family::ipv4 : Family::ipv6;
    const unsigned width = family == Family::ipv4 ? 32 : 128;
    const U128 all = family == Family::ipv4 ? U128{0xFFFFFFFF} : ~U128{0};
    const U128 base = (static_cast<U128>(random.u64()) << 64 | random.u64()) & all;
    const unsigned bits = random.below(width + 1);
    const auto prefix = IpPrefix::parse(address_of(family, base).to_string() + "/" + std::to_string(bits));
    ASSERT_TRUE(prefix);
    const U128 host_mask = bits == width ? 0 : all >> bits;
    const U128 first = base & ~host_mask & all;
    const U128 last = first | host_mask;
    EXPECT_EQ(number(prefix->address), first);

    const U128 near[] = {
        first, last, first - 1, last + 1, base ^ U128{1} << random.below(width), (base + random.u32()) & all};
    for (const U128 candidate : near) {
      const U128 value = candidate & all;
      EXPECT_EQ(prefix->contains(address_of(family, value)), value >= first && value <= last)
          << prefix->to_string() << " and " << address_of(family, value).to_string();
      inside += value >= first && value <= last;
    }
  }
  EXPECT_GT(inside, 80000);
  EXPECT_LT(inside, 200000);
}

TEST(Transport, has_a_name_and_is_a_stream_or_not) {
  constexpr std::tuple<Transport, std::string_view, bool> cases[] = {{Transport::udp, "udp", false},
                                                                     {Transport::tcp, "tcp", true},
                                                                     {Transport::tls, "tls", true},
                                                                     {Transport::dtls, "dtls", false}};
  for (const auto& [transport, name, stream] : cases) {
    EXPECT_EQ(to_string(transport), name);
    EXPECT_EQ(is_stream(transport), stream) << name;
  }
}

TEST(FiveTuple, differs_in_each_of_its_parts) {
  const IpAddress host = IpAddress::v4(192, 0, 2, 1);
  const std::set<FiveTuple> tuples = {{{host, 1}, {host, 2}, Transport::udp},
                                      {{host, 2}, {host, 1}, Transport::udp},
                                      {{host, 1}, {host, 2}, Transport::tcp},
                                      {{host, 1}, {host, 2}, Transport::udp}};
  EXPECT_EQ(tuples.size(), 3U);
}

template <class... Parts>
concept MakeFiveTuple = requires(Parts... parts) { FiveTuple{parts...}; };

TEST(EndpointAs, one_role_is_not_taken_for_another_or_for_none) {
  static_assert(!std::is_constructible_v<ServerEndpoint, ClientEndpoint>);
  static_assert(!std::is_assignable_v<ServerEndpoint&, ClientEndpoint>);
  static_assert(!std::is_convertible_v<ClientEndpoint, Endpoint>);
  static_assert(!std::is_convertible_v<Endpoint, ClientEndpoint>);
  static_assert(!std::equality_comparable_with<ClientEndpoint, ServerEndpoint>);
  static_assert(MakeFiveTuple<ClientEndpoint, ServerEndpoint>);
  static_assert(!MakeFiveTuple<ServerEndpoint, ClientEndpoint>);
  const Endpoint plain{IpAddress::v4(192, 0, 2, 1), 3478};
  EXPECT_EQ(ServerEndpoint(plain).plain(), plain);
  EXPECT_EQ(ServerEndpoint::parse("192.0.2.1:3478"), ServerEndpoint(plain));
  EXPECT_EQ(ServerEndpoint::parse("192.0.2.1"), std::nullopt);
}

}  // namespace
}  // namespace turnpike
