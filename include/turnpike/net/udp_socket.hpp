// A bound UDP socket that is set up for batches: non-blocking, without DF by default, telling the TOS of each
// datagram and, if bound to a wildcard, its destination.
#pragma once

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/inherited.hpp"

namespace turnpike::net {

// The settings of a UDP socket.
struct UdpOptions {
  Endpoint local{};  // port 0: the kernel chooses
  // Lets the listeners of several workers share a port; a relay socket must see "address in use" instead.
  bool reuse_port = false;
  bool v6_only = true;  // false: an IPv6 wildcard also takes IPv4
  // Keeps ICMP errors for next_icmp_error(); pending errors then also fail sends and receives.
  bool error_queue = false;
  // Lets the kernel join datagrams of one sender. Only for sockets that ReceiveBatch reads, and not where the
  // kernel engine serves an interface by tc.
  bool gro = false;
  // Size of the kernel's buffer for each direction; 0 means the system's default. Without privileges rmem_max
  // and wmem_max are the bound.
  int buffer_bytes = 0;
};

// Owns the descriptor of a bound UDP socket.
class UdpSocket {
 public:
  // Opens and binds a socket. Returns the error of the first system call that failed, e.g. address_in_use,
  // address_not_available, too_many_files_open.
  static Result<UdpSocket> open(const UdpOptions& options);
  // Takes over a socket that an earlier process has bound, with the datagrams that wait in it. Address and
  // IPV6_V6ONLY stay as they are, whatever `options` say. Closes the descriptor if it is unfit.
  static Result<UdpSocket, Unfit> adopt(FileDescriptor fd, UdpOptions options);

  // Returns false after the socket was moved from.
  bool is_open() const { return static_cast<bool>(fd_); }

  int fd() const { return fd_.get(); }
  // Returns the bound endpoint: the real port, and the wildcard address if it was bound to one.
  const Endpoint& local() const { return local_; }
  // Returns AF_INET or AF_INET6.
  int family() const;
  bool wildcard() const { return wildcard_; }

 private:
  UdpSocket(FileDescriptor fd, const Endpoint& local);

  FileDescriptor fd_;
  Endpoint local_;
  bool wildcard_;
};

}  // namespace turnpike::net
