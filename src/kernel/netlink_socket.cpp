#include "turnpike/kernel/netlink_socket.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include "turnpike/net/bound_socket.hpp"

namespace turnpike::kernel {
namespace {

constexpr std::size_t kDatagramMax = 32768;  // the kernel makes none larger (NLMSG_GOODSIZE, and dumps)
constexpr int kNotificationsPerTurn = 64;

enum class Received { datagram, nothing, lost };

struct Receiver {
  alignas(nlmsghdr) std::array<std::uint8_t, kDatagramMax> buffer;
  Bytes datagram;

  Received receive(const mnl_socket* socket) {
    const ssize_t size = mnl_socket_recvfrom(socket, buffer.data(), buffer.size());
    if (size < 0) return errno == EAGAIN ? Received::nothing : Received::lost;
    datagram = Bytes{buffer}.first(static_cast<std::size_t>(size));
    return Received::datagram;
  }
};

void check(bool succeeded, const char* what) {
  if (!succeeded) throw std::system_error(net::last_error(), what);
}

int bus_of(NetlinkFamily family) { return family == NetlinkFamily::route ? NETLINK_ROUTE : NETLINK_GENERIC; }

// An error of 0 acknowledges a request with NLM_F_ACK.
bool is_refusal(const nlmsghdr& message) {
  if (message.nlmsg_type == NLMSG_ERROR) return header_of<int>(message).value_or(-1) != 0;
  return message.nlmsg_type == NLMSG_DONE && header_of<int>(message).value_or(0) < 0;
}

}  // namespace

NetlinkSocket::NetlinkSocket(std::span<const int> groups, NetlinkFamily family)
    : socket_(mnl_socket_open2(bus_of(family), SOCK_CLOEXEC | SOCK_NONBLOCK), &mnl_socket_close) {
  check(socket_ != nullptr, "netlink socket");
  check(mnl_socket_bind(socket_.get(), 0, MNL_SOCKET_AUTOPID) == 0, "netlink bind");
  for (int group : groups) {
    check(mnl_socket_setsockopt(socket_.get(), NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0,
          "netlink group");
  }
}

bool NetlinkSocket::ask(NetlinkRequest request, const Visitor& visit) {
  const nlmsghdr& question = request.numbered(++sequence_);
  if (mnl_socket_sendto(socket_.get(), &question, question.nlmsg_len) < 0) return false;

  bool complete = false, refused = false;
  const auto take = [&](const nlmsghdr& message) {
    if (message.nlmsg_seq != question.nlmsg_seq) return;  // of an answer that was given up
    refused |= is_refusal(message);
    complete |= message.nlmsg_type == NLMSG_DONE || (message.nlmsg_flags & NLM_F_MULTI) == 0;
    if (message.nlmsg_type >= NLMSG_MIN_TYPE) visit(message);
  };
  Receiver receiver;
  while (!complete && !refused) {
    if (receiver.receive(socket_.get()) != Received::datagram || !for_each_message(receiver.datagram, take))
      return false;
  }
  return !refused;
}

bool NetlinkSocket::drain(const Visitor& visit) {
  bool whole = true;
  Receiver receiver;
  for (int i = 0; i < kNotificationsPerTurn; ++i) {
    const Received received = receiver.receive(socket_.get());
    if (received == Received::nothing) break;
    whole &= received == Received::datagram && for_each_message(receiver.datagram, visit);
  }
  return whole;
}

}  // namespace turnpike::kernel
