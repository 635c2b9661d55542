// Endpoints to the kernel and back.
#include "turnpike/net/sockaddr.hpp"

#include <gtest/gtest.h>

#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

TEST(SockAddr, gives_back_what_it_was_made_of) {
  const struct {
    const char* endpoint;
    int family;
    socklen_t size;
  } table[] = {
      {"192.0.2.1:3478", AF_INET, sizeof(sockaddr_in)},
      {"[2001:db8::1]:65535", AF_INET6, sizeof(sockaddr_in6)},
      {"192.0.2.1:3478", AF_INET6, sizeof(sockaddr_in6)},  // as ::ffff:192.0.2.1
      {"0.0.0.0:0", AF_INET, sizeof(sockaddr_in)},
  };
  for (const auto& row : table) {
    const SockAddr address(at(row.endpoint), row.family);
    EXPECT_EQ(address.get()->sa_family, row.family) << row.endpoint;
    EXPECT_EQ(address.size(), row.size) << row.endpoint;
    EXPECT_EQ(address.endpoint(), at(row.endpoint)) << row.endpoint;
  }
}

TEST(SockAddr, of_another_family_is_no_endpoint) {
  SockAddr address;
  address.get()->sa_family = AF_UNIX;
  EXPECT_EQ(address.endpoint(), Endpoint{});
}

TEST(SockAddr, knows_wildcards) {
  EXPECT_TRUE(is_wildcard(at("0.0.0.0:1").address));
  EXPECT_TRUE(is_wildcard(at("[::]:1").address));
  EXPECT_FALSE(is_wildcard(at("0.0.0.1:1").address));
  EXPECT_FALSE(is_wildcard(at("[::1]:1").address));
}

}  // namespace
}  // namespace turnpike::net
