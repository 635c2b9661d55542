// The addresses of the machine that the test runs on.
#include "turnpike/net/interfaces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "own_namespace.hpp"

namespace turnpike::net {
namespace {

using testing::Contains;

TEST(Interfaces, tell_what_an_address_is_good_for) {
  const struct {
    const char* address;
    AddressScope scope;
  } table[] = {
      {"0.0.0.0", AddressScope::unspecified},
      {"::", AddressScope::unspecified},
      {"127.0.0.1", AddressScope::loopback},
      {"127.255.255.255", AddressScope::loopback},
      {"::1", AddressScope::loopback},
      {"::2", AddressScope::global},
      {"169.254.1.1", AddressScope::link_local},
      {"fe80::1", AddressScope::link_local},
      {"febf::1", AddressScope::link_local},
      {"10.1.2.3", AddressScope::private_use},
      {"172.15.0.1", AddressScope::global},
      {"172.16.0.1", AddressScope::private_use},
      {"172.31.0.1", AddressScope::private_use},
      {"172.32.0.1", AddressScope::global},
      {"192.168.0.1", AddressScope::private_use},
      {"100.63.255.255", AddressScope::global},
      {"100.64.0.1", AddressScope::private_use},
      {"100.127.0.1", AddressScope::private_use},
      {"100.128.0.1", AddressScope::global},
      {"fd00::1", AddressScope::private_use},
      {"8.8.8.8", AddressScope::global},
      {"2001:4860::1", AddressScope::global},
  };
  for (const auto& row : table) EXPECT_EQ(scope_of(*IpAddress::parse(row.address)), row.scope) << row.address;
}

TEST(Interfaces, loopback_is_a_local_address) {
  EXPECT_THAT(local_addresses(), Contains(IpAddress::v4(127, 0, 0, 1)));
}

TEST(Interfaces, default_routes_leave_from_local_addresses_that_others_can_reach) {
  const auto local = local_addresses();
  for (const auto& address : default_route_addresses()) {
    EXPECT_THAT(local, Contains(address));
    EXPECT_NE(scope_of(address), AddressScope::loopback);
  }
}

TEST(Interfaces, a_host_that_has_only_loopback_has_no_default_route) {
  const bool ran = in_own_namespace(65536, [] {
    EXPECT_THAT(local_addresses(), Contains(IpAddress::v4(127, 0, 0, 1)));
    EXPECT_TRUE(default_route_addresses().empty());
    ASSERT_TRUE(set_loopback_flags(0));
    EXPECT_TRUE(local_addresses().empty()) << "what is down cannot be used";
    EXPECT_THAT(configured_addresses(), Contains(IpAddress::v4(127, 0, 0, 1))) << "and is not gone";
  });
  if (!ran) GTEST_SKIP() << "needs a network namespace";
}

TEST(Interfaces, an_address_can_be_bound_if_it_is_here) {
  for (const char* here : {"127.0.0.1", "127.0.0.9", "::1"})
    EXPECT_TRUE(can_bind(*IpAddress::parse(here))) << here;
  for (const char* elsewhere : {"192.0.2.1", "2001:db8::1"})
    EXPECT_FALSE(can_bind(*IpAddress::parse(elsewhere))) << elsewhere;
}

TEST(Interfaces, without_descriptors_no_address_counts_as_gone) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool can = can_bind(*IpAddress::parse("192.0.2.1"));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(can);
}

}  // namespace
}  // namespace turnpike::net
