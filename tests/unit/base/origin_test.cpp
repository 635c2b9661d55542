// Whom a limit "per address" counts.
#include "turnpike/base/origin.hpp"

#include <gtest/gtest.h>

namespace turnpike {
namespace {

Origin of(std::string_view address) { return origin_of(*IpAddress::parse(address)); }

TEST(Origin, of_IPv6_a_subscriber_is_a_64_and_a_site_a_48) {
  EXPECT_EQ(of("2001:db8:1:2:3:4:5:6").subscriber, *IpPrefix::parse("2001:db8:1:2::/64"));
  EXPECT_EQ(of("2001:db8:1:2:3:4:5:6").site, *IpPrefix::parse("2001:db8:1::/48"));
  EXPECT_TRUE(of("2001:db8:1::1").has_site());
}

TEST(Origin, an_IPv4_address_is_one_however_it_is_written) {
  EXPECT_EQ(of("192.0.2.1").subscriber, *IpPrefix::parse("192.0.2.1"));
  EXPECT_EQ(of("::ffff:192.0.2.1").subscriber, *IpPrefix::parse("192.0.2.1"));
  EXPECT_FALSE(of("192.0.2.1").has_site());
}

}  // namespace
}  // namespace turnpike
