// What every TCP connection has of the system, whoever has begun it.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "turnpike/net/bound_socket.hpp"

namespace turnpike::net {

// Small frames do not wait for others. A connection whose other end has gone without a word, as one
// that changed its network, is asked after 15 seconds of silence and is gone after 30, so that an allocation
// does not keep a place of its client's quota. Nobody is asked while data is on its way.
inline constexpr SocketOption kOfConnections[] = {{IPPROTO_TCP, TCP_NODELAY, 1},
                                                  {SOL_SOCKET, SO_KEEPALIVE, 1},
                                                  {IPPROTO_TCP, TCP_KEEPIDLE, 15},
                                                  {IPPROTO_TCP, TCP_KEEPINTVL, 5},
                                                  {IPPROTO_TCP, TCP_KEEPCNT, 3}};

}  // namespace turnpike::net
