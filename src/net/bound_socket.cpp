#include "turnpike/net/bound_socket.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "turnpike/net/sockaddr.hpp"

namespace turnpike::net {

boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

bool set_options(const FileDescriptor& fd, std::span<const SocketOption> options) {
  return std::ranges::all_of(options, [&](const SocketOption& option) {
    return ::setsockopt(fd.get(), option.level, option.name, &option.value, sizeof option.value) == 0;
  });
}

Result<FileDescriptor> open_bound_socket(int type, const Endpoint& local,
                                         std::span<const SocketOption> options) {
  const int family = socket_family(local.address);
  FileDescriptor fd(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return last_error();
  if (!set_options(fd, options)) return last_error();
  const SockAddr address(local, family);
  if (::bind(fd.get(), address.get(), address.size()) != 0) return last_error();
  return fd;
}

}  // namespace turnpike::net
