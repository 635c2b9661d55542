// Local and external forms of addresses.
#include "turnpike/base/address_map.hpp"

#include <gtest/gtest.h>

namespace turnpike {
namespace {

const IpAddress kInside = IpAddress::v4(10, 0, 0, 5);
const ExternalAddress kOutside(IpAddress::v4(203, 0, 113, 5));
const IpAddress kOther = IpAddress::v4(10, 0, 0, 6);

TEST(AddressMap, a_pair_is_read_in_both_directions_and_keeps_the_port) {
  const AddressMap map({{kOther, ExternalAddress(IpAddress::v4(203, 0, 113, 6))}, {kInside, kOutside}});
  EXPECT_EQ(map.to_external(kInside), kOutside);
  EXPECT_EQ(map.to_local(kOutside), kInside);
  const ExternalEndpoint outside{kOutside.plain(), 49152};
  EXPECT_EQ(map.to_external(RelayEndpoint{kInside, 49152}), outside);
  EXPECT_EQ(map.to_external(PeerEndpoint{kInside, 49152}), outside);
  EXPECT_EQ(map.to_local(outside), (PeerEndpoint{kInside, 49152}));
}

TEST(AddressMap, an_address_that_no_pair_names_stays_itself) {
  EXPECT_EQ(AddressMap{}.to_external(kInside), ExternalAddress(kInside));
  const AddressMap map({{kInside, kOutside}});
  EXPECT_EQ(map.to_external(kOther), ExternalAddress(kOther));
  EXPECT_EQ(map.to_local(ExternalAddress(kOther)), kOther);
  EXPECT_EQ(map.to_external(kOutside.plain()), kOutside);
}

template <class Address>
concept HasExternalForm = requires(const AddressMap& map, Address address) { map.to_external(address); };
template <class Address>
concept HasLocalForm = requires(const AddressMap& map, Address address) { map.to_local(address); };

TEST(AddressMap, the_external_form_of_an_external_form_does_not_compile_nor_the_local_of_a_local) {
  static_assert(HasExternalForm<IpAddress> && HasExternalForm<RelayEndpoint> &&
                HasExternalForm<PeerEndpoint>);
  static_assert(!HasExternalForm<ExternalAddress> && !HasExternalForm<ExternalEndpoint>);
  static_assert(HasLocalForm<ExternalAddress> && HasLocalForm<ExternalEndpoint>);
  static_assert(!HasLocalForm<IpAddress> && !HasLocalForm<RelayEndpoint> && !HasLocalForm<PeerEndpoint>);
}

}  // namespace
}  // namespace turnpike
