// Refused once, sent singly for a while, tried again.
#include "turnpike/net/segment_limits.hpp"

#include <gtest/gtest.h>

namespace turnpike::net {
namespace {

const IpAddress kHere = IpAddress::v4(192, 0, 2, 1);
const IpAddress kElsewhere = *IpAddress::parse("2001:db8::1");

TEST(SegmentLimits, refuse_what_is_as_large_at_the_same_address) {
  SegmentLimits limits;
  EXPECT_TRUE(limits.allows(kHere, 1300));
  limits.refuse(kHere, 1300);
  EXPECT_FALSE(limits.allows(kHere, 1300));
  EXPECT_FALSE(limits.allows(kHere, 1400));
  EXPECT_TRUE(limits.allows(kHere, 1299));
  EXPECT_TRUE(limits.allows(kElsewhere, 1300));
}

TEST(SegmentLimits, the_smallest_refused_size_counts) {
  SegmentLimits limits;
  limits.refuse(kHere, 1300);
  limits.refuse(kHere, 900);
  limits.refuse(kHere, 1000);
  EXPECT_FALSE(limits.allows(kHere, 900));
  EXPECT_TRUE(limits.allows(kHere, 899));
}

TEST(SegmentLimits, a_refusal_wears_off) {
  SegmentLimits limits;
  limits.refuse(kHere, 900);
  for (std::uint32_t i = 0; i < SegmentLimits::kRefusalAsks; ++i) ASSERT_FALSE(limits.allows(kHere, 1300));
  EXPECT_TRUE(limits.allows(kHere, 1300));
  limits.refuse(kHere, 1300);
  EXPECT_TRUE(limits.allows(kHere, 900)) << "nothing is left of the old one";
}

TEST(SegmentLimits, many_addresses_need_no_more_room) {
  SegmentLimits limits;
  for (int i = 0; i < 1000; ++i) {
    const IpAddress address =
        IpAddress::v4(10, 0, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i % 256));
    limits.refuse(address, 900);
    EXPECT_FALSE(limits.allows(address, 900));
  }
}

}  // namespace
}  // namespace turnpike::net
