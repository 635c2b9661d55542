// A listening TCP socket that keeps accepting even when descriptors run out.
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/inherited.hpp"

namespace turnpike::net {

struct ListenOptions {
  Endpoint local{};         // port 0: the kernel chooses
  bool reuse_port = false;  // the workers' listeners share a port
  bool v6_only = true;      // false: an IPv6 wildcard also takes IPv4
  int backlog = 4096;       // capped by net.core.somaxconn
};

// A connection with TCP_NODELAY, non-blocking. Without a descriptor it is closed already, for want of one.
struct Accepted {
  FileDescriptor fd;
  ClientEndpoint client;
  ServerEndpoint server;
};

// One that a process before this one has accepted, of which it has read nothing that matters any more. The
// descriptor is closed where it is of no use.
Result<Accepted, Unfit> adopt_connection(FileDescriptor fd);

class Listener {
 public:
  // The error of the first system call that failed, e.g. address_in_use.
  static Result<Listener> open(const ListenOptions& options);
  // One on which a process before this one listens; who waits there is accepted. The descriptor is closed
  // where it is of no use.
  static Result<Listener, Unfit> adopt(FileDescriptor fd);

  int fd() const { return fd_.get(); }
  const Endpoint& local() const { return local_; }

  // The next connection; nothing if none waits. Out of descriptors it is closed, so that it does not wait for
  // ever.
  std::optional<Accepted> accept();
  // The last accept() lacked a descriptor or memory: others may wait, and asking at once again is of no use.
  bool is_starved() const { return starved_; }

 private:
  Listener(FileDescriptor fd, FileDescriptor spare, const Endpoint& local);
  std::optional<Accepted> refuse_one();

  FileDescriptor fd_;
  FileDescriptor
      spare_;  // given up for a moment to accept and close a connection that there is no descriptor for
  Endpoint local_;
  bool starved_ = false;
};

}  // namespace turnpike::net
