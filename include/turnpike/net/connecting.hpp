// TCP connections that this process begins, without waiting for who is to accept them.
#pragma once

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

// Non-blocking, with kOfConnections. It is there when it becomes writable, unless
// outcome_of_connecting() says otherwise. The error of the first system call that failed.
Result<FileDescriptor> begin_connecting(const Endpoint& to);

// To be asked once it is writable, or to be given up: why there is no connection; none: there is one.
boost::system::error_code outcome_of_connecting(int fd);

}  // namespace turnpike::net
