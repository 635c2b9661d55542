#include "turnpike/net/icmp_errors.hpp"

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "turnpike/net/sockaddr.hpp"

namespace turnpike::net {
namespace {

bool tells_mtu(const sock_extended_err& error) {
  return error.ee_origin == SO_EE_ORIGIN_ICMP6
             ? error.ee_type == ICMP6_PACKET_TOO_BIG
             : error.ee_type == ICMP_DEST_UNREACH && error.ee_code == ICMP_FRAG_NEEDED;
}

std::optional<sock_extended_err> extended_error(msghdr& header) {
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr;
       message = CMSG_NXTHDR(&header, message)) {
    const bool v4 = message->cmsg_level == IPPROTO_IP && message->cmsg_type == IP_RECVERR;
    const bool v6 = message->cmsg_level == IPPROTO_IPV6 && message->cmsg_type == IPV6_RECVERR;
    if (!v4 && !v6) continue;
    sock_extended_err error;
    std::memcpy(&error, CMSG_DATA(message), sizeof error);
    return error;
  }
  return std::nullopt;
}

// If there was no room in the queue, the error is pending all the same, and the poller would report it
// without end.
void forget_pending_error(int fd) {
  int error;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
}

}  // namespace

std::optional<IcmpError> next_icmp_error(const UdpSocket& socket) {
  // Each turn takes one out of the queue, which the socket's receive buffer bounds.
  for (;;) {
    SockAddr peer;
    alignas(cmsghdr) std::array<std::uint8_t, 256> control;
    msghdr header{};
    header.msg_name = peer.get();
    header.msg_namelen = SockAddr::kCapacity;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    if (::recvmsg(socket.fd(), &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
      forget_pending_error(socket.fd());
      return std::nullopt;
    }
    const auto error = extended_error(header);
    if (!error || (error->ee_origin != SO_EE_ORIGIN_ICMP && error->ee_origin != SO_EE_ORIGIN_ICMP6)) continue;
    return IcmpError{.peer = peer.endpoint(),
                     .type = error->ee_type,
                     .code = error->ee_code,
                     .mtu = tells_mtu(*error) ? error->ee_info : 0};
  }
}

}  // namespace turnpike::net
