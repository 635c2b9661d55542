// A netlink socket: questions with their answers, or notifications.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "turnpike/kernel/netlink_message.hpp"

namespace turnpike::kernel {

enum class NetlinkFamily { route, generic };

// It speaks to the network namespace of the thread that made it. Only the kernel, and who may configure that
// network, can send to it.
class NetlinkSocket {
 public:
  using Visitor = std::function<void(const nlmsghdr&)>;

  // `groups`: whose notifications arrive here (RTNLGRP_...). A socket that has some is not for questions.
  // Throws std::system_error.
  explicit NetlinkSocket(std::span<const int> groups = {}, NetlinkFamily family = NetlinkFamily::route);
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;

  // For a poller; it is non-blocking.
  int fd() const { return mnl_socket_get_fd(socket_.get()); }

  // Visits each message of the kernel's answer, which it gives at once. False: it refused, or the answer has
  // not come in full.
  [[nodiscard]] bool ask(NetlinkRequest request, const Visitor& visit);

  // Visits the notifications that wait, up to a bound that leaves time for other things. False: some were
  // lost.
  [[nodiscard]] bool drain(const Visitor& visit);

 private:
  std::unique_ptr<mnl_socket, int (*)(mnl_socket*)> socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace turnpike::kernel
