// Local and external forms of addresses.
#include "turnpike/base/address_map.hpp"

#include <gtest/gtest.h>

namespace turnpike {
namespace {

const IpAddress kInside = IpAddress::v4(10, 0, 0, 5);
const IpAddress kOutside = IpAddress::v4(203, 0, 113, 5);
const IpAddress kOther = IpAddress::v4(10, 0, 0, 6);

TEST(AddressMap, a_pair_is_read_in_both_directions_and_keeps_the_port) {
  const AddressMap map({{kOther, IpAddress::v4(203, 0, 113, 6)}, {kInside, kOutside}});
  EXPECT_EQ(map.to_external(kInside), kOutside);
  EXPECT_EQ(map.to_local(kOutside), kInside);
  EXPECT_EQ(map.to_external(Endpoint{kInside, 49152}), (Endpoint{kOutside, 49152}));
  EXPECT_EQ(map.to_local(Endpoint{kOutside, 49152}), (Endpoint{kInside, 49152}));
}

TEST(AddressMap, an_address_that_no_pair_names_stays_itself) {
  EXPECT_EQ(AddressMap{}.to_external(kInside), kInside);
  const AddressMap map({{kInside, kOutside}});
  EXPECT_EQ(map.to_external(kOther), kOther);
  EXPECT_EQ(map.to_local(kOther), kOther);
  EXPECT_EQ(map.to_external(kOutside), kOutside);
}

}  // namespace
}  // namespace turnpike
