// The relay addresses of a configuration on this host.
#include "turnpike/config/relay_addresses.hpp"

#include <gtest/gtest.h>

#include "turnpike/net/interfaces.hpp"

namespace turnpike::config {
namespace {

TEST(RelayAddresses, are_those_that_are_configured) {
  RelayConfig config;
  config.addresses = {IpAddress::v4(192, 0, 2, 1), IpAddress::v4(127, 0, 0, 1)};
  EXPECT_EQ(relay_addresses(config), config.addresses);
}

TEST(RelayAddresses, are_else_some_that_this_host_has) {
  const auto addresses = relay_addresses({});
  ASSERT_FALSE(addresses.empty());
  for (const IpAddress& address : addresses) EXPECT_TRUE(net::can_bind(address)) << address.to_string();
}

}  // namespace
}  // namespace turnpike::config
