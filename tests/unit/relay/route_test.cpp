// Routes are compared and hashed as bytes, and a permission is told from a channel by its number.
#include "turnpike/relay/route.hpp"

#include <gtest/gtest.h>

#include "turnpike/base/hash.hpp"

namespace turnpike::relay {
namespace {

TEST(Route, equal_values_are_equal_bytes_and_any_difference_shows) {
  Route route;
  route.client.client = ClientEndpoint::parse("198.51.100.1:4000").value();
  route.peer = PeerEndpoint::parse("[2001:db8::1]:5000").value();
  Route other = route;
  EXPECT_EQ(other, route);
  EXPECT_EQ(ByteHash{}(other), ByteHash{}(route));
  other.meter = 1;
  EXPECT_NE(other, route);
  EXPECT_NE(ByteHash{}(other), ByteHash{}(route));
}

TEST(Route, number_0_is_a_permission) {
  Route route;
  EXPECT_TRUE(route.is_permission());
  route.channel = 0x4000;
  EXPECT_FALSE(route.is_permission());
}

}  // namespace
}  // namespace turnpike::relay
