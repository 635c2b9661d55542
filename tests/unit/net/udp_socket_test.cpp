// What a socket is bound to, and what is set on it.
#include "turnpike/net/udp_socket.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

namespace errc = boost::system::errc;

int option_of(const UdpSocket& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(getsockopt(socket.fd(), level, name, &value, &size), 0);
  return value;
}

TEST(UdpSocket, knows_the_port_that_the_kernel_chose) {
  const UdpSocket socket = open_udp("127.0.0.1:0");
  EXPECT_EQ(socket.local().address, at("127.0.0.1:0").address);
  EXPECT_NE(socket.local().port, 0);
  EXPECT_FALSE(socket.wildcard());
}

TEST(UdpSocket, a_wildcard_stays_a_wildcard) {
  const UdpSocket socket = open_udp("0.0.0.0:0");
  EXPECT_TRUE(socket.wildcard());
  EXPECT_EQ(socket.local().address, at("0.0.0.0:0").address);
}

TEST(UdpSocket, a_port_is_taken_once_unless_both_share_it) {
  const UdpSocket alone = open_udp("127.0.0.1:0");
  EXPECT_EQ(UdpSocket::open({.local = alone.local()}).error(), errc::address_in_use);
  EXPECT_EQ(UdpSocket::open({.local = alone.local(), .reuse_port = true}).error(), errc::address_in_use);

  const UdpSocket shared = open_udp("127.0.0.1:0", {.reuse_port = true});
  EXPECT_TRUE(UdpSocket::open({.local = shared.local(), .reuse_port = true}));
  EXPECT_EQ(UdpSocket::open({.local = shared.local()}).error(), errc::address_in_use);
}

TEST(UdpSocket, both_families_have_a_wildcard_on_one_port_if_ipv6_is_alone) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "no IPv6";
  const UdpSocket v6 = open_udp("[::]:0", {.v6_only = true});
  EXPECT_TRUE(UdpSocket::open({.local = at("0.0.0.0:0").with_port(v6.local().port)}));
  const UdpSocket both = open_udp("[::]:0", {.v6_only = false});
  EXPECT_EQ(UdpSocket::open({.local = at("0.0.0.0:0").with_port(both.local().port)}).error(),
            errc::address_in_use);
}

TEST(UdpSocket, asks_for_buffers_as_large_as_the_system_gives) {
  const UdpSocket usual = open_udp("127.0.0.1:0");
  const UdpSocket small = open_udp("127.0.0.1:0", {.buffer_bytes = 8192});
  for (const int name : {SO_RCVBUF, SO_SNDBUF}) {
    EXPECT_EQ(option_of(small, SOL_SOCKET, name), 2 * 8192);  // the kernel doubles it for its own needs
    EXPECT_NE(option_of(usual, SOL_SOCKET, name), 2 * 8192);
  }
}

TEST(UdpSocket, joins_datagrams_only_where_asked) {
  EXPECT_EQ(option_of(open_udp("127.0.0.1:0"), IPPROTO_UDP, UDP_GRO), 0);
  EXPECT_EQ(option_of(open_udp("127.0.0.1:0", {.gro = true}), IPPROTO_UDP, UDP_GRO), 1);
}

TEST(UdpSocket, never_sets_df_by_itself_IPF_03) {
  const UdpSocket socket = open_udp("127.0.0.1:0");
  EXPECT_EQ(option_of(socket, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_OMIT);
}

}  // namespace
}  // namespace turnpike::net
