// A wait for descriptors that can be read, to the microsecond: net::Poller rounds to milliseconds, an open
// loop must not.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "turnpike/base/time.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::bench {

class Readiness {
 public:
  // Throws std::system_error.
  Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  // Throws std::system_error.
  void add(int fd, std::uint64_t token);
  void remove(int fd);
  // Tokens of what can be read, after at most so long; valid until the next wait.
  std::span<const std::uint64_t> wait(Duration timeout);

 private:
  net::FileDescriptor epoll_;
  std::array<epoll_event, 256> events_;
  std::array<std::uint64_t, 256> tokens_;
};

}  // namespace turnpike::bench
