// A network of its own for a test: only loopback, with an MTU of the test's choice. Needs root.
#pragma once

#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <thread>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

inline bool set_loopback_flags(short flags) {
  const FileDescriptor control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = flags;
  return ::ioctl(control.get(), SIOCSIFFLAGS, &request) == 0;
}

inline bool set_loopback_mtu(int mtu) {
  const FileDescriptor control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_mtu = mtu;
  return ::ioctl(control.get(), SIOCSIFMTU, &request) == 0;
}

// IPv6 has but one address there, where IPv4 has a whole network.
inline bool add_loopback_address(const IpAddress& v6) {
  const FileDescriptor control(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  in6_ifreq request{};
  std::memcpy(&request.ifr6_addr, v6.wire().data(), sizeof request.ifr6_addr);
  request.ifr6_prefixlen = 128;
  request.ifr6_ifindex = static_cast<int>(::if_nametoindex("lo"));
  if (::ioctl(control.get(), SIOCSIFADDR, &request) != 0) return false;
  for (int i = 0; i < 1000; ++i) {  // the kernel makes it usable a little later
    if (open_bound_socket(SOCK_DGRAM, {v6, 0}, {})) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

// The namespace is that of the thread, and ends with it and its sockets. False: not permitted, `test` has not
// run.
inline bool in_own_namespace(int mtu, const std::function<void()>& test) {
  bool entered = false;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) return;
    entered = set_loopback_mtu(mtu) && set_loopback_flags(IFF_UP);
    if (entered) test();
  }).join();
  return entered;
}

}  // namespace turnpike::net
