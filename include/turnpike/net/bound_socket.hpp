// Opens a socket with its options set before it is bound, so that nothing arrives without them.
#pragma once

#include <span>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

struct SocketOption {
  int level;
  int name;
  int value;
};

// errno as an error code.
boost::system::error_code last_error();

// False: the system refuses one of them.
[[nodiscard]] bool set_options(const FileDescriptor& fd, std::span<const SocketOption> options);

// Of `type` (SOCK_DGRAM or SOCK_STREAM) and the family of `local`; non-blocking, closed on exec. The error is
// that of the first system call that failed.
Result<FileDescriptor> open_bound_socket(int type, const Endpoint& local,
                                         std::span<const SocketOption> options);

}  // namespace turnpike::net
