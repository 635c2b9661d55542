// The kernel's form of an Endpoint.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::net {

// Big enough for both families and, unlike sockaddr_storage, not much bigger: a batch holds one for each
// packet.
class SockAddr {
 public:
  SockAddr() : v6_{}, size_(sizeof v6_) {}
  // For a socket of `socket_family` (AF_INET or AF_INET6): on AF_INET6 an IPv4 endpoint becomes
  // ::ffff:a.b.c.d.
  SockAddr(const Endpoint& endpoint, int socket_family);

  // ::ffff:a.b.c.d is IPv4. A default Endpoint if the family is neither IPv4 nor IPv6.
  Endpoint endpoint() const;

  sockaddr* get() { return &base_; }
  const sockaddr* get() const { return &base_; }
  socklen_t size() const { return size_; }
  // To be passed to calls that write an address; kCapacity is what they may write.
  socklen_t* size_out() { return &size_; }
  static constexpr socklen_t kCapacity = sizeof(sockaddr_in6);

 private:
  union {
    sockaddr base_;
    sockaddr_in v4_;
    sockaddr_in6 v6_;
  };
  socklen_t size_;
};

// What getsockname() and getpeername() say; a default Endpoint if they fail.
Endpoint local_endpoint(int fd);
Endpoint peer_endpoint(int fd);

// The family of a socket that is to be bound to, or to reach, such an address.
inline int socket_family(const IpAddress& address) { return address.is_v6() ? AF_INET6 : AF_INET; }

// All zeros: the address that means any.
bool is_wildcard(const IpAddress& address);

}  // namespace turnpike::net
