// Opens a socket with its options set before it is bound, so that nothing arrives without them.
#pragma once

#include <span>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

// An integer option for setsockopt().
struct SocketOption {
  int level;
  int name;
  int value;
};

// Returns errno as an error code.
boost::system::error_code last_error();

// Sets the options in order; returns false at the first one that the system refuses.
[[nodiscard]] bool set_options(const FileDescriptor& fd, std::span<const SocketOption> options);

// Opens a socket of `type` (SOCK_DGRAM or SOCK_STREAM) and of the family of `local`, sets `options` and binds
// it. The socket is non-blocking and closed on exec. Returns the error of the first system call that failed.
Result<FileDescriptor> open_bound_socket(int type, const Endpoint& local,
                                         std::span<const SocketOption> options);

}  // namespace turnpike::net
