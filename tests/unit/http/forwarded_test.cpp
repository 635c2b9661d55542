// Whom a request is from, where proxies pass it on.
#include "turnpike/http/forwarded.hpp"

#include <gtest/gtest.h>

namespace turnpike::http {
namespace {

TEST(Forwarded, the_last_address_that_is_no_proxys_is_the_clients) {
  const IpPrefix proxies[] = {IpPrefix::parse("10.0.0.0/8").value(), IpPrefix::parse("fd00::/8").value()};
  const struct {
    const char* name;
    const char* peer;
    const char* forwarded_for;
    const char* client;
  } cases[] = {
      {"a client that comes directly is not believed", "198.18.0.1", "198.18.0.2", "198.18.0.1"},
      {"one proxy", "10.0.0.7", "198.18.0.2", "198.18.0.2"},
      {"what the client itself has written stands before", "10.0.0.7", "203.0.113.9, 198.18.0.2",
       "198.18.0.2"},
      {"two proxies", "10.0.0.7", "198.18.0.2, 10.0.0.8", "198.18.0.2"},
      {"a proxy that asks for itself", "10.0.0.7", "", "10.0.0.7"},
      {"proxies alone", "10.0.0.7", "10.0.0.9,10.0.0.8", "10.0.0.9"},
      {"spaces and tabs", "10.0.0.7", " \t198.18.0.2 ", "198.18.0.2"},
      {"with a port", "10.0.0.7", "198.18.0.2:4711", "198.18.0.2"},
      {"IPv6", "fd00::1", "2a00:1450::2", "2a00:1450::2"},
      {"IPv6 in brackets", "fd00::1", "[2a00:1450::2]", "2a00:1450::2"},
      {"IPv6 with a port", "fd00::1", "[2a00:1450::2]:4711", "2a00:1450::2"},
      {"IPv4 in IPv6", "10.0.0.7", "::ffff:198.18.0.2", "198.18.0.2"},
      {"a proxy in IPv6", "10.0.0.7", "198.18.0.2, ::ffff:10.0.0.8", "198.18.0.2"},
      {"no address", "10.0.0.7", "unknown", "10.0.0.7"},
      {"an address behind what is none", "10.0.0.7", "198.18.0.2, unknown, 10.0.0.8", "10.0.0.8"},
      {"commas alone", "10.0.0.7", ",,,", "10.0.0.7"},
      {"an empty one at the end", "10.0.0.7", "198.18.0.2,", "10.0.0.7"},
  };
  for (const auto& c : cases)
    EXPECT_EQ(client_behind(proxies, IpAddress::parse(c.peer).value(), c.forwarded_for).to_string(), c.client)
        << c.name;
}

TEST(Forwarded, without_proxies_nobody_is_believed) {
  EXPECT_EQ(client_behind({}, IpAddress::v4(127, 0, 0, 1), "198.18.0.2"), IpAddress::v4(127, 0, 0, 1));
  const IpPrefix everybody[] = {IpPrefix::parse("0.0.0.0/0").value()};
  EXPECT_EQ(client_behind(everybody, IpAddress{}, "198.18.0.2"), IpAddress{}) << "a Unix socket";
}

}  // namespace
}  // namespace turnpike::http
