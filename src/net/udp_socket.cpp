#include "turnpike/net/udp_socket.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::net {
namespace {

// The OMIT of IPv4: DF is never set (the alternate of RFC 8656 14), forged ICMP cannot shrink fragments, and
// unlike with DONT the error queue still gets "fragmentation needed" for datagrams that were sent with DF.
// IPv6 fragments only at the sender, so the path MTU must be heeded there.
std::vector<SocketOption> options_of_traffic(const UdpOptions& options) {
  const bool v6 = options.local.address.is_v6();
  const bool wildcard = is_wildcard(options.local.address);
  const bool takes_v4 = !v6 || (wildcard && !options.v6_only);
  const struct {
    bool wanted;
    SocketOption option;
  } table[] = {
      {takes_v4, {IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT}},
      {v6, {IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT}},
      {takes_v4, {IPPROTO_IP, IP_RECVTOS, 1}},
      {v6, {IPPROTO_IPV6, IPV6_RECVTCLASS, 1}},
      {wildcard && !v6, {IPPROTO_IP, IP_PKTINFO, 1}},
      {wildcard && v6, {IPPROTO_IPV6, IPV6_RECVPKTINFO, 1}},  // tells the destination of IPv4 datagrams too
      {options.error_queue && takes_v4, {IPPROTO_IP, IP_RECVERR, 1}},
      {options.error_queue && v6, {IPPROTO_IPV6, IPV6_RECVERR, 1}},
  };
  std::vector<SocketOption> wanted;
  for (const auto& row : table) {
    if (row.wanted) wanted.push_back(row.option);
  }
  return wanted;
}

// Before it is bound they are joined by those that say how.
std::vector<SocketOption> socket_options(const UdpOptions& options) {
  std::vector<SocketOption> wanted;
  const IpAddress& local = options.local.address;
  const bool takes_v4 = is_wildcard(local) && !options.v6_only;
  if (local.is_v6()) wanted.push_back({IPPROTO_IPV6, IPV6_V6ONLY, takes_v4 ? 0 : 1});
  if (options.reuse_port) wanted.push_back({SOL_SOCKET, SO_REUSEPORT, 1});
  std::ranges::copy(options_of_traffic(options), std::back_inserter(wanted));
  return wanted;
}

// The privileged option goes beyond the system's limit; without the privilege take what is to be had.
void set_buffer(int fd, int bytes, int privileged_option, int option) {
  if (::setsockopt(fd, SOL_SOCKET, privileged_option, &bytes, sizeof bytes) != 0) {
    ::setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof bytes);
  }
}

// What may fail: where the kernel cannot join, datagrams come singly.
void set_batches(int fd, const UdpOptions& options) {
  const int gro = options.gro ? 1 : 0;
  ::setsockopt(fd, IPPROTO_UDP, UDP_GRO, &gro, sizeof gro);
  if (options.buffer_bytes > 0) {
    set_buffer(fd, options.buffer_bytes, SO_RCVBUFFORCE, SO_RCVBUF);
    set_buffer(fd, options.buffer_bytes, SO_SNDBUFFORCE, SO_SNDBUF);
  }
}

bool is_v6_only(int fd) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, &size) == 0 && value != 0;
}

}  // namespace

UdpSocket::UdpSocket(FileDescriptor fd, const Endpoint& local)
    : fd_(std::move(fd)), local_(local), wildcard_(is_wildcard(local.address)) {}

Result<UdpSocket> UdpSocket::open(const UdpOptions& options) {
  auto fd = open_bound_socket(SOCK_DGRAM, options.local, socket_options(options));
  if (!fd) return fd.error();
  set_batches(fd->get(), options);
  const Endpoint local = options.local.with_port(local_endpoint(fd->get()).port);
  return UdpSocket(std::move(*fd), local);
}

Result<UdpSocket, Unfit> UdpSocket::adopt(FileDescriptor fd, UdpOptions options) {
  if (const auto unfit = prepare_inherited(fd, SocketRole::udp_listener)) return *unfit;
  options.local = local_endpoint(fd.get());
  options.v6_only = is_v6_only(fd.get());
  if (!set_options(fd, options_of_traffic(options))) return Unfit::not_set_up;
  set_batches(fd.get(), options);
  return UdpSocket(std::move(fd), options.local);
}

int UdpSocket::family() const { return socket_family(local_.address); }

}  // namespace turnpike::net
