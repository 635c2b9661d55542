// The socket options of every TCP connection, accepted or begun here.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "turnpike/net/bound_socket.hpp"

namespace turnpike::net {

// The options of every TCP connection. Small frames leave at once (TCP_NODELAY). Keep-alive probes begin
// after 15 seconds of silence and end the connection 15 seconds later, so that the allocation of a client
// that has vanished does not keep a place of its user's quota. No probes are sent while data is
// unacknowledged.
inline constexpr SocketOption kOfConnections[] = {{IPPROTO_TCP, TCP_NODELAY, 1},
                                                  {SOL_SOCKET, SO_KEEPALIVE, 1},
                                                  {IPPROTO_TCP, TCP_KEEPIDLE, 15},
                                                  {IPPROTO_TCP, TCP_KEEPINTVL, 5},
                                                  {IPPROTO_TCP, TCP_KEEPCNT, 3}};

}  // namespace turnpike::net
