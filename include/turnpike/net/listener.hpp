// A listening TCP socket that keeps accepting even when descriptors run out.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/inherited.hpp"

namespace turnpike::net {

// The settings of a listening socket.
struct ListenOptions {
  Endpoint local{};         // port 0: the kernel chooses
  bool reuse_port = false;  // the workers' listeners share a port
  bool v6_only = true;      // false: an IPv6 wildcard also takes IPv4
  int backlog = 4096;       // capped by net.core.somaxconn
};

// An accepted connection: non-blocking, with the options kOfConnections. Without a descriptor the connection
// is closed already, because the process had none left.
struct Accepted {
  FileDescriptor fd;
  ClientEndpoint client;
  ServerEndpoint server;
};

// Takes over a connection that an earlier process has accepted and whose unread bytes are all that matters.
// Closes the descriptor if it is unfit.
Result<Accepted, Unfit> adopt_connection(FileDescriptor fd);

// Owns a listening socket and one spare descriptor, with which it can refuse connections when descriptors run
// out.
class Listener {
 public:
  // Opens, binds and listens. Returns the error of the first system call that failed, e.g. address_in_use.
  static Result<Listener> open(const ListenOptions& options);
  // Takes over the listening socket of an earlier process; connections that wait there are accepted. Closes
  // the descriptor if it is unfit.
  static Result<Listener, Unfit> adopt(FileDescriptor fd);

  int fd() const { return fd_.get(); }
  const Endpoint& local() const { return local_; }

  // Returns the next connection; none if no connection waits. If descriptors have run out, the connection is
  // accepted and closed at once, so that it does not wait for ever.
  std::optional<Accepted> accept();
  // Returns true if the last accept() lacked a descriptor or memory. Other connections may wait, but asking
  // again at once is of no use.
  bool is_starved() const { return starved_; }

 private:
  Listener(FileDescriptor fd, FileDescriptor spare, const Endpoint& local);
  std::optional<Accepted> refuse_one();

  FileDescriptor fd_;
  // Closed for a moment, to accept and refuse a connection that there is no descriptor for.
  FileDescriptor spare_;
  Endpoint local_;
  bool starved_ = false;
};

}  // namespace turnpike::net
