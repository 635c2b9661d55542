// Regions by the longest prefix.
#include "turnpike/fleet/regions.hpp"

#include <gtest/gtest.h>

namespace turnpike::fleet {
namespace {

TEST(Regions, the_longest_prefix_counts) {
  const Regions regions({{*IpPrefix::parse("0.0.0.0/0"), "world"},
                         {*IpPrefix::parse("10.0.0.0/8"), "office"},
                         {*IpPrefix::parse("10.1.0.0/16"), "lab"},
                         {*IpPrefix::parse("10.1.2.3"), "desk"},
                         {*IpPrefix::parse("2001:db8::/33"), "v6"}});
  const struct {
    const char* address;
    const char* region;
  } kCases[] = {
      {"192.0.2.1", "world"},  {"10.9.9.9", "office"},      {"10.1.9.9", "lab"},
      {"10.1.2.3", "desk"},    {"10.1.2.4", "lab"},         {"2001:db8:7fff::1", "v6"},
      {"2001:db8:8000::", ""}, {"::ffff:10.1.2.3", "desk"},
  };
  for (const auto& [address, region] : kCases)
    EXPECT_EQ(regions.find(*IpAddress::parse(address)), region) << address;
}

TEST(Regions, no_table_knows_nothing) {
  EXPECT_EQ(Regions().find(*IpAddress::parse("192.0.2.1")), "");
  EXPECT_EQ(Regions().find(IpAddress{}), "");
}

TEST(Regions, of_the_same_prefix_the_last_counts_whatever_its_host_bits) {
  const Regions regions(
      {{IpPrefix{IpAddress::v4(10, 1, 1, 1), 8}, "a"}, {*IpPrefix::parse("10.0.0.0/8"), "b"}});
  EXPECT_EQ(regions.find(IpAddress::v4(10, 0, 0, 1)), "b");
}

}  // namespace
}  // namespace turnpike::fleet
