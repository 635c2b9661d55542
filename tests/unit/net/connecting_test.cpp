// Connections that this process begins: whether they are there, and how they are set.
#include "turnpike/net/connecting.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include "tcp_helpers.hpp"

namespace turnpike::net {
namespace {

bool becomes_writable(int fd) {
  pollfd wanted{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&wanted, 1, 1000) == 1;
}

int option_of(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(fd, level, name, &value, &size);
  return value;
}

TEST(Connecting, is_there_once_it_is_writable_with_the_options_of_connections) {
  for (const char* local : {"127.0.0.1:0", "[::1]:0"}) {
    if (local[0] == '[' && !has_ipv6_loopback()) continue;
    auto listener = Listener::open({.local = at(local)}).value();
    const auto fd = begin_connecting(listener.local());
    ASSERT_TRUE(fd) << local;
    ASSERT_TRUE(becomes_writable(fd->get()));
    EXPECT_FALSE(outcome_of_connecting(fd->get()));
    EXPECT_EQ(peer_endpoint(fd->get()), listener.local());
    EXPECT_EQ(option_of(fd->get(), IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option_of(fd->get(), SOL_SOCKET, SO_KEEPALIVE), 1);
    EXPECT_EQ(option_of(fd->get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 0) << "a server may take its time";
    char byte = 0;
    EXPECT_EQ(::recv(fd->get(), &byte, 1, 0), -1) << "it does not wait";
  }
}

TEST(Connecting, says_why_it_is_not_there) {
  const Endpoint nobody = Listener::open({.local = at("127.0.0.1:0")}).value().local();
  const auto fd = begin_connecting(nobody);
  const auto error = fd ? (becomes_writable(fd->get()), outcome_of_connecting(fd->get())) : fd.error();
  EXPECT_EQ(error, boost::system::errc::connection_refused);
  EXPECT_FALSE(begin_connecting(at("255.255.255.255:1"))) << "no address of a host";
}

}  // namespace
}  // namespace turnpike::net
