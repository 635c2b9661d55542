#include "turnpike/kernel/netlink_socket.hpp"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "turnpike/net/bound_socket.hpp"

namespace turnpike::kernel {
namespace {

constexpr std::size_t kDatagramMax = 32768;  // the kernel makes none larger (NLMSG_GOODSIZE, and dumps)
constexpr int kNotificationsPerTurn = 64;

enum class Received { datagram, nothing, lost };

// One datagram of the kernel; others could only come from privileged processes, and are nothing.
struct Receiver {
  std::array<std::uint8_t, kDatagramMax> buffer;
  Bytes datagram;

  Received receive(int fd) {
    sockaddr_nl from{};
    socklen_t from_size = sizeof from;
    const ssize_t size = ::recvfrom(fd, buffer.data(), buffer.size(), MSG_TRUNC,
                                    reinterpret_cast<sockaddr*>(&from), &from_size);
    if (size < 0) return errno == ENOBUFS ? Received::lost : Received::nothing;
    if (static_cast<std::size_t>(size) > buffer.size()) return Received::lost;
    datagram = Bytes{buffer}.first(from.nl_pid == 0 ? static_cast<std::size_t>(size) : 0);
    return Received::datagram;
  }
};

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(net::last_error(), what);
}

}  // namespace

NetlinkSocket::NetlinkSocket(std::span<const int> groups, NetlinkFamily family)
    : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                   family == NetlinkFamily::route ? NETLINK_ROUTE : NETLINK_GENERIC)) {
  check(fd_.get(), "netlink socket");
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  check(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), "netlink bind");
  for (const int group : groups) {
    check(::setsockopt(fd_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group),
          "netlink group");
  }
}

bool NetlinkSocket::ask(NetlinkRequest request, const Visitor& visit) {
  const std::uint32_t sequence = ++sequence_;
  const Bytes bytes = request.bytes(sequence);
  if (::send(fd_.get(), bytes.data(), bytes.size(), 0) < 0) return false;

  bool complete = false, refused = false;
  const auto take = [&](const NetlinkMessage& message) {
    if (message.sequence != sequence) return;  // of an answer that was given up
    const bool done = message.type == NLMSG_DONE;
    refused |= message.type == NLMSG_ERROR || (done && load<int>(message.body).value_or(0) < 0);
    complete |= done || (message.flags & NLM_F_MULTI) == 0;
    if (message.type >= NLMSG_MIN_TYPE) visit(message);
  };
  Receiver receiver;
  while (!complete && !refused) {
    if (receiver.receive(fd_.get()) != Received::datagram || !for_each_message(receiver.datagram, take))
      return false;
  }
  return !refused;
}

bool NetlinkSocket::drain(const Visitor& visit) {
  bool whole = true;
  Receiver receiver;
  for (int i = 0; i < kNotificationsPerTurn; ++i) {
    const Received received = receiver.receive(fd_.get());
    if (received == Received::nothing) break;
    whole &= received == Received::datagram && for_each_message(receiver.datagram, visit);
  }
  return whole;
}

}  // namespace turnpike::kernel
