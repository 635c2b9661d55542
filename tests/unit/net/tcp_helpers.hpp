// Both ends of a TCP connection over loopback.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>

#include "turnpike/net/listener.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "udp_helpers.hpp"

namespace turnpike::net {

// A blocking socket; what is written leaves at once.
inline FileDescriptor connect_to(const Endpoint& server, int receive_buffer_bytes = 0) {
  FileDescriptor fd(::socket(socket_family(server.address), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (receive_buffer_bytes > 0)
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const SockAddr address(server, socket_family(server.address));
  EXPECT_EQ(::connect(fd.get(), address.get(), address.size()), 0);
  return fd;
}

struct Connection {
  FileDescriptor client;
  Accepted server;
};

inline Connection connect_pair(int receive_buffer_bytes = 0) {
  auto listener = Listener::open({.local = at("127.0.0.1:0")}).value();
  FileDescriptor client = connect_to(listener.local(), receive_buffer_bytes);
  EXPECT_TRUE(readable(listener.fd()));
  auto accepted = listener.accept();
  return {std::move(client), std::move(*accepted)};
}

}  // namespace turnpike::net
