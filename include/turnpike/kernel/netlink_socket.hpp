// A netlink socket: questions with their answers, or notifications.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "turnpike/kernel/netlink_message.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::kernel {

enum class NetlinkFamily { route, generic };

// It speaks to the network namespace of the thread that made it.
class NetlinkSocket {
 public:
  using Visitor = std::function<void(const NetlinkMessage&)>;

  // `groups`: whose notifications arrive here (RTNLGRP_...). A socket that has some is not for questions.
  // Throws std::system_error.
  explicit NetlinkSocket(std::span<const int> groups = {}, NetlinkFamily family = NetlinkFamily::route);
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;

  // For a poller; it is non-blocking.
  int fd() const { return fd_.get(); }

  // Visits each message of the kernel's answer, which it gives at once. False: it refused, or the answer has
  // not come in full.
  bool ask(NetlinkRequest request, const Visitor& visit);

  // Visits the notifications that wait, up to a bound that leaves time for other things. False: some were
  // lost.
  bool drain(const Visitor& visit);

 private:
  net::FileDescriptor fd_;
  std::uint32_t sequence_ = 0;
};

}  // namespace turnpike::kernel
