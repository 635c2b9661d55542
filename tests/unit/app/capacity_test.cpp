// What bounds the number of allocations: ports, descriptors or the limit, whichever is least.
#include "turnpike/app/capacity.hpp"

#include <gtest/gtest.h>

namespace turnpike::app {
namespace {

TEST(Capacity, is_what_the_scarcest_resource_allows) {
  const struct {
    const char* name;
    turn::PortRange ports;
    std::uint32_t limit;
    Resources resources;
    Capacity expected;
  } table[] = {
      {"ports", {50000, 50999}, 0, {100'000, 2, 1}, {1000, 49'956}},
      {"ports of two addresses", {50000, 50999}, 0, {100'000, 2, 2}, {2000, 49'956}},
      {"the limit", {50000, 50999}, 700, {100'000, 2, 2}, {700, 49'956}},
      {"descriptors", {50000, 50999}, 0, {1024, 2, 1}, {936, 468}},
      {"descriptors of many workers", {50000, 50999}, 0, {1024, 32, 1}, {576, 288}},
      {"nothing is left", {50000, 50999}, 0, {64, 2, 1}, {0, 1}},
  };
  for (const auto& [name, ports, limit, resources, expected] : table) {
    config::Config config;
    config.listen.udp.resize(2);
    config.listen.tcp.resize(1);
    config.relay.ports = ports;
    config.limits.allocations = limit;
    const Capacity capacity = capacity_of(config, resources);
    EXPECT_EQ(capacity.allocations, expected.allocations) << name;
    EXPECT_EQ(capacity.connections, expected.connections) << name;
  }
}

}  // namespace
}  // namespace turnpike::app
