// The system's defaults, as sockets of the same namespace take them.
#include "turnpike/kernel/hop_limits.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "own_network.hpp"

namespace turnpike::kernel {
namespace {

bool set(const std::string& name, int value) {
  std::ofstream file("/proc/sys/net/" + name);
  return static_cast<bool>(file << value << std::flush);
}

TEST(HopLimits, are_those_of_the_system_and_of_the_interface) {
  in_own_network([] {
    ASSERT_TRUE(set("ipv4/ip_default_ttl", 41) && set("ipv6/conf/east/hop_limit", 61));
    HopLimits limits;
    EXPECT_EQ(limits.default_of(Family::ipv4, "east"), 41);
    EXPECT_EQ(limits.default_of(Family::ipv6, "east"), 61);
    EXPECT_EQ(limits.default_of(Family::ipv6, "west"), 64);
    EXPECT_FALSE(limits.look_again());

    ASSERT_TRUE(set("ipv6/conf/east/hop_limit", 99));
    EXPECT_EQ(limits.default_of(Family::ipv6, "east"), 61) << "it is remembered";
    EXPECT_TRUE(limits.look_again());
    EXPECT_EQ(limits.default_of(Family::ipv6, "east"), 99);
    EXPECT_FALSE(limits.look_again());
  });
}

TEST(HopLimits, are_usual_ones_where_the_system_does_not_tell) {
  HopLimits limits;
  EXPECT_EQ(limits.default_of(Family::ipv6, "no-such-interface"), 64);
  EXPECT_FALSE(limits.look_again());
}

}  // namespace
}  // namespace turnpike::kernel
