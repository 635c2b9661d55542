// One wait for everything a worker listens to: level-triggered readiness by epoll.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {

struct Interest {
  bool readable = true;
  bool writable = false;

  bool operator==(const Interest&) const = default;
};

struct Ready {
  std::uint64_t token;
  bool readable;  // also at the end of a stream
  bool writable;
  bool error;  // a pending socket error, or something in the error queue of a UDP socket
};

class Poller {
 public:
  // At most `events_max` descriptors are reported by one wait. Throws std::system_error.
  explicit Poller(std::size_t events_max = 256);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Readable while something is ready, so that one poller can wait for another.
  int fd() const { return epoll_.get(); }

  // `token` comes back with each event of `fd`. Fails if the kernel's limit of watches or memory is reached.
  [[nodiscard]] boost::system::error_code add(int fd, std::uint64_t token, Interest interest = {});
  // The same, where a failure leaves no way to go on. Throws boost::system::system_error.
  void add_or_throw(int fd, std::uint64_t token);
  // `fd` has been added.
  [[nodiscard]] boost::system::error_code modify(int fd, std::uint64_t token, Interest interest);
  // `fd` has been added and goes to another poller; before it is closed this is not needed.
  [[nodiscard]] boost::system::error_code remove(int fd);

  // Waits at most so long, rounded up to milliseconds; without a timeout, until something is ready. The span
  // is valid until the next wait. An event may name a descriptor that was closed while an earlier one of the
  // same span was handled: tokens must not be reused.
  std::span<const Ready> wait(std::optional<Duration> timeout);

 private:
  FileDescriptor epoll_;
  std::vector<epoll_event> events_;
  std::vector<Ready> ready_;
};

}  // namespace turnpike::net
