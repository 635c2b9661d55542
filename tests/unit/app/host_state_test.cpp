// What a host has for relays; how it changes, tests/integration/test_addresses.py shows.
#include "turnpike/app/host_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "unit/net/own_namespace.hpp"

namespace turnpike::app {
namespace {

const IpAddress kLoopback = IpAddress::v4(127, 0, 0, 1);
const IpAddress kMissing = IpAddress::v4(192, 0, 2, 77);

TEST(HostState, a_configured_relay_address_counts_as_long_as_it_is_here) {
  config::RelayConfig config;
  config.addresses = {kMissing, kLoopback};
  EXPECT_EQ(host_state(config).relays, std::vector{kLoopback});
  EXPECT_EQ(host_state(config).obstacle, "");
  config.addresses = {kMissing};
  EXPECT_TRUE(host_state(config).relays.empty());
  EXPECT_EQ(host_state(config).obstacle, "this host has none of relay.addresses");
}

TEST(HostState, a_host_without_network_relays_on_loopback_and_says_so) {
  const bool ran = net::in_own_namespace(1500, [] {
    const HostState state = host_state({});
    EXPECT_EQ(state.relays, std::vector{kLoopback});
    EXPECT_NE(std::ranges::find(state.addresses, kLoopback), state.addresses.end());
    EXPECT_EQ(state.obstacle, "no default route and no global address; set relay.addresses");
  });
  if (!ran) GTEST_SKIP() << "needs root";
}

}  // namespace
}  // namespace turnpike::app
