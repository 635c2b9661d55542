// Begins TCP connections without waiting for the other end.
#pragma once

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

// Begins a connection with the options kOfConnections and returns its non-blocking socket. When the socket is
// writable, outcome_of_connecting() tells how it went. Returns the error of the first system call that
// failed.
Result<FileDescriptor> begin_connecting(const Endpoint& to);

// Returns why the connection failed, or no error if it is established. Call it once the socket is writable,
// or when giving up.
boost::system::error_code outcome_of_connecting(int fd);

}  // namespace turnpike::net
