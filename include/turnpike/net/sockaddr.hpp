// The kernel's form of an Endpoint.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::net {

// A sockaddr_in or sockaddr_in6. Much smaller than sockaddr_storage, because a batch holds one for each
// packet.
class SockAddr {
 public:
  SockAddr() : v6_{}, size_(sizeof v6_) {}
  // Makes the address for a socket of `socket_family` (AF_INET or AF_INET6): with AF_INET6 an IPv4 endpoint
  // becomes ::ffff:a.b.c.d.
  SockAddr(const Endpoint& endpoint, int socket_family);

  // Returns the endpoint, with ::ffff:a.b.c.d as IPv4; a default Endpoint if the family is neither IPv4 nor
  // IPv6.
  Endpoint endpoint() const;

  sockaddr* get() { return &base_; }
  const sockaddr* get() const { return &base_; }
  socklen_t size() const { return size_; }
  // Returns the in-out length for system calls that write an address of up to kCapacity bytes.
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

// Return what getsockname() and getpeername() say; a default Endpoint if the call fails.
Endpoint local_endpoint(int fd);
Endpoint peer_endpoint(int fd);

// Returns the family of a socket that is bound to the address or sends to it.
inline int socket_family(const IpAddress& address) { return address.is_v6() ? AF_INET6 : AF_INET; }

// Returns true for 0.0.0.0 and ::.
bool is_wildcard(const IpAddress& address);

}  // namespace turnpike::net
