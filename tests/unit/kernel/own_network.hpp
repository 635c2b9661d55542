// A network namespace for a test, which the `ip` command shapes. Needs root.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/kernel/flow.hpp"
#include "unit/net/own_namespace.hpp"

namespace turnpike::kernel {

inline IpAddress address(const char* text) { return IpAddress::parse(text).value(); }

inline bool ip(const std::string& arguments) {
  return std::system(("ip " + arguments + " 2>/dev/null").c_str()) == 0;
}

inline std::uint32_t index_of(const char* interface) { return ::if_nametoindex(interface); }

inline MacAddress mac_of(const char* interface) {
  const net::FileDescriptor control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, interface);
  EXPECT_EQ(::ioctl(control.get(), SIOCGIFHWADDR, &request), 0) << interface;
  MacAddress mac{};
  std::memcpy(mac.data(), request.ifr_hwaddr.sa_data, mac.size());
  return mac;
}

// A pair of Ethernet devices, `east` and `west`, both up: what is sent into one arrives at the other. Without
// addresses of any kind.
inline bool add_pair() {
  return ip("link add east type veth peer name west") && ip("link set east addrgenmode none") &&
         ip("link set west addrgenmode none") && ip("link set west up") && ip("link set east up");
}

inline bool is_readable(int fd, int timeout_ms) {
  pollfd descriptor{fd, POLLIN, 0};
  return ::poll(&descriptor, 1, timeout_ms) > 0;
}

// The kernel does some things a little later than it is told to.
inline bool becomes_true(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// Skips the test where such a namespace cannot be had.
inline void in_own_network(const std::function<void()>& test) {
  bool shaped = true;
  const bool entered = net::in_own_namespace(65536, [&] {
    shaped = add_pair();
    if (shaped) test();
  });
  if (!entered) GTEST_SKIP() << "needs a network namespace";
  if (!shaped) GTEST_SKIP() << "needs the ip command and veth devices";
}

}  // namespace turnpike::kernel
