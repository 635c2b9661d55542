#include "turnpike/net/sockaddr.hpp"

#include <algorithm>
#include <cstring>

namespace turnpike::net {

SockAddr::SockAddr(const Endpoint& endpoint, int socket_family) : SockAddr() {
  if (socket_family == AF_INET6) {
    v6_.sin6_family = AF_INET6;
    v6_.sin6_port = htons(endpoint.port);
    std::memcpy(&v6_.sin6_addr, endpoint.address.bytes16().data(), sizeof v6_.sin6_addr);
  } else {
    v4_ = {};
    v4_.sin_family = AF_INET;
    v4_.sin_port = htons(endpoint.port);
    std::memcpy(&v4_.sin_addr, endpoint.address.bytes16().data() + 12, sizeof v4_.sin_addr);
    size_ = sizeof v4_;
  }
}

Endpoint SockAddr::endpoint() const {
  const auto bytes_of = [](const auto& address) {
    return Bytes{reinterpret_cast<const std::uint8_t*>(&address), sizeof address};
  };
  if (base_.sa_family == AF_INET) return {IpAddress::from_bytes(bytes_of(v4_.sin_addr)), ntohs(v4_.sin_port)};
  if (base_.sa_family == AF_INET6)
    return {IpAddress::from_bytes(bytes_of(v6_.sin6_addr)).unmapped(), ntohs(v6_.sin6_port)};
  return {};
}

Endpoint local_endpoint(int fd) {
  SockAddr address;
  return ::getsockname(fd, address.get(), address.size_out()) == 0 ? address.endpoint() : Endpoint{};
}

Endpoint peer_endpoint(int fd) {
  SockAddr address;
  return ::getpeername(fd, address.get(), address.size_out()) == 0 ? address.endpoint() : Endpoint{};
}

bool is_wildcard(const IpAddress& address) {
  return std::ranges::all_of(address.wire(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace turnpike::net
