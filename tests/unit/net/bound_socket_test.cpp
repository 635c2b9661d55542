// Sockets that are bound, and why some are not.
#include "turnpike/net/bound_socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "turnpike/net/sockaddr.hpp"
#include "udp_helpers.hpp"

namespace turnpike::net {
namespace {

namespace errc = boost::system::errc;

TEST(BoundSocket, is_bound_with_its_options_and_never_blocks) {
  const SocketOption options[] = {{SOL_SOCKET, SO_REUSEPORT, 1}};
  const auto fd = open_bound_socket(SOCK_DGRAM, at("127.0.0.1:0"), options);
  ASSERT_TRUE(fd);
  EXPECT_NE(local_endpoint(fd->get()).port, 0);
  int value = 0;
  socklen_t size = sizeof value;
  ASSERT_EQ(getsockopt(fd->get(), SOL_SOCKET, SO_REUSEPORT, &value, &size), 0);
  EXPECT_EQ(value, 1);
  EXPECT_NE(fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(BoundSocket, says_what_failed) {
  const auto first = open_bound_socket(SOCK_DGRAM, at("127.0.0.1:0"), {});
  const SocketOption unknown[] = {{SOL_SOCKET, 9999, 1}};
  EXPECT_EQ(open_bound_socket(SOCK_DGRAM, local_endpoint(first->get()), {}).error(), errc::address_in_use);
  EXPECT_EQ(open_bound_socket(SOCK_DGRAM, at("192.0.2.1:0"), {}).error(), errc::address_not_available);
  EXPECT_EQ(open_bound_socket(SOCK_DGRAM, at("127.0.0.1:0"), unknown).error(), errc::no_protocol_option);
}

}  // namespace
}  // namespace turnpike::net
