// A netlink socket, either for questions and answers or for notifications.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "turnpike/kernel/netlink_message.hpp"

namespace turnpike::kernel {

// The netlink protocol: NETLINK_ROUTE or NETLINK_GENERIC.
enum class NetlinkFamily { route, generic };

// Talks to the network namespace of the thread that made the socket. Only the kernel and processes that may
// configure this network can send to it.
class NetlinkSocket {
 public:
  using Visitor = std::function<void(const nlmsghdr&)>;

  // Opens a socket that receives the notifications of `groups` (RTNLGRP_...); with groups, ask() must not be
  // used. Throws std::system_error.
  explicit NetlinkSocket(std::span<const int> groups = {}, NetlinkFamily family = NetlinkFamily::route);
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;

  // Returns the non-blocking descriptor, for a poller.
  int fd() const { return mnl_socket_get_fd(socket_.get()); }

  // Sends a request and visits each message of the answer, which the kernel gives at once. Returns false if
  // the kernel refuses the request or the answer is incomplete.
  [[nodiscard]] bool ask(NetlinkRequest request, const Visitor& visit);

  // Visits the notifications that wait, up to a bound that leaves time for other work. Returns false if some
  // were lost.
  [[nodiscard]] bool drain(const Visitor& visit);

 private:
  std::unique_ptr<mnl_socket, int (*)(mnl_socket*)> socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace turnpike::kernel
