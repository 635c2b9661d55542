#include "turnpike/net/connecting.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "turnpike/net/connection_options.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::net {

Result<FileDescriptor> begin_connecting(const Endpoint& to) {
  const int family = socket_family(to.address);
  FileDescriptor fd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd || !set_options(fd, kOfConnections)) return last_error();
  const SockAddr address(to, family);
  if (::connect(fd.get(), address.get(), address.size()) != 0 && errno != EINPROGRESS) return last_error();
  return fd;
}

boost::system::error_code outcome_of_connecting(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return last_error();
  return {error, boost::system::system_category()};
}

}  // namespace turnpike::net
