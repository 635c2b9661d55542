// A bound UDP socket, set up for batches: non-blocking, never DF by itself, telling TOS and, if bound to a
// wildcard, the destination.
#pragma once

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/inherited.hpp"

namespace turnpike::net {

struct UdpOptions {
  Endpoint local{};  // port 0: the kernel chooses
  bool reuse_port =
      false;            // listeners of several workers share a port; a relay socket must see "address in use"
  bool v6_only = true;  // false: an IPv6 wildcard also takes IPv4
  bool error_queue = false;  // ICMP errors can be drained (icmp_errors.hpp); pending errors then also fail
                             // sends and receives
  bool gro = false;      // the kernel may join datagrams of one sender: for ReceiveBatch only, not where tc
                         // serves an interface
  int buffer_bytes = 0;  // of the kernel, each direction; 0: the system's default. Capped by rmem_max and
                         // wmem_max unless privileged
};

class UdpSocket {
 public:
  // The error of the first system call that failed, e.g. address_in_use, address_not_available,
  // too_many_files_open.
  static Result<UdpSocket> open(const UdpOptions& options);
  // One that a process before this one has bound; where and how it is bound stays as it is, whatever
  // `options` say. What has arrived meanwhile is received. The descriptor is closed where it is of no use.
  static Result<UdpSocket, Unfit> adopt(FileDescriptor fd, UdpOptions options);

  // Not where it was moved from.
  bool is_open() const { return static_cast<bool>(fd_); }

  int fd() const { return fd_.get(); }
  // As bound: with the real port, and a wildcard address if it was one.
  const Endpoint& local() const { return local_; }
  int family() const;  // AF_INET or AF_INET6
  bool wildcard() const { return wildcard_; }

 private:
  UdpSocket(FileDescriptor fd, const Endpoint& local);

  FileDescriptor fd_;
  Endpoint local_;
  bool wildcard_;
};

}  // namespace turnpike::net
