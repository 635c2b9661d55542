// Sockets of reserved ports: taken once, or closed.
#include "turnpike/worker/reserved_sockets.hpp"

#include <gtest/gtest.h>

#include "shell/support.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

TEST(ReservedSockets, are_taken_once) {
  ReservedSockets sockets;
  const RelayEndpoint relay(loopback(free_port()));
  EXPECT_FALSE(sockets.take(relay));
  sockets.keep(relay, net::UdpSocket::open({.local = relay.plain()}).value());
  const auto taken = sockets.take(relay);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->local(), relay.plain());
  EXPECT_FALSE(sockets.take(relay));
}

TEST(ReservedSockets, hold_their_ports_until_they_are_closed) {
  ReservedSockets sockets;
  const RelayEndpoint relay(loopback(free_port()));
  sockets.keep(relay, net::UdpSocket::open({.local = relay.plain()}).value());
  EXPECT_EQ(sockets.size(), 1U);
  EXPECT_FALSE(net::UdpSocket::open({.local = relay.plain()}).has_value());
  sockets.close(relay);
  sockets.close(relay);
  EXPECT_EQ(sockets.size(), 0U);
  EXPECT_TRUE(net::UdpSocket::open({.local = relay.plain()}).has_value());
}

}  // namespace
}  // namespace turnpike::worker
