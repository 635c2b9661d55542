// A network of its own for a test: only loopback, with an MTU of the test's choice. Needs root.
#pragma once

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <functional>
#include <thread>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

// The namespace is that of the thread, and ends with it and its sockets. False: not permitted, `test` has not run.
inline bool in_own_namespace(int mtu, const std::function<void()>& test) {
  bool entered = false;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) return;
    {
      const FileDescriptor control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      ifreq request{};
      std::strcpy(request.ifr_name, "lo");
      request.ifr_mtu = mtu;
      entered = ::ioctl(control.get(), SIOCSIFMTU, &request) == 0;
      request.ifr_flags = IFF_UP;
      entered = ::ioctl(control.get(), SIOCSIFFLAGS, &request) == 0 && entered;
    }
    if (entered) test();
  }).join();
  return entered;
}

}  // namespace turnpike::net
