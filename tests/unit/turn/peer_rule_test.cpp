// How a rule about peers is written.
#include "turnpike/turn/peer_rule.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

TEST(PeerRule, is_written_as_the_configuration_has_it) {
  const struct {
    const char* prefix;
    std::uint16_t port_min, port_max;
    const char* expected;
  } cases[] = {
      {"10.0.0.0/8", 0, 65535, "10.0.0.0/8"},
      {"10.0.0.0/8", 443, 443, "10.0.0.0/8:443"},
      {"10.0.0.0/8", 1, 1023, "10.0.0.0/8:1-1023"},
      {"2001:db8::/32", 0, 65535, "2001:db8::/32"},
      {"2001:db8::/32", 50000, 60000, "[2001:db8::/32]:50000-60000"},
  };
  for (const auto& [prefix, port_min, port_max, expected] : cases) {
    EXPECT_EQ((PeerRule{IpPrefix::parse(prefix).value(), port_min, port_max}.to_string()), expected);
  }
}

}  // namespace
}  // namespace turnpike::turn
