// Waits for all descriptors of a worker at once: level-triggered readiness by epoll.
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

// The events that a descriptor is watched for; errors are always reported.
struct Interest {
  bool readable = true;
  bool writable = false;

  bool operator==(const Interest&) const = default;
};

// An event of one descriptor.
struct Ready {
  std::uint64_t token;
  bool readable;  // also at the end of a stream
  bool writable;
  bool error;  // a pending socket error, or an entry in the error queue of a UDP socket
};

// Owns an epoll set. One thread uses it.
class Poller {
 public:
  // Makes one whose wait() reports at most `events_max` descriptors. Throws std::system_error.
  explicit Poller(std::size_t events_max = 256);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // Returns a descriptor that is readable while something is ready, so that another poller can wait for this
  // one.
  int fd() const { return epoll_.get(); }

  // Watches `fd`; each of its events carries `token`. Returns an error if the kernel's limit of watches or
  // its memory is exhausted.
  [[nodiscard]] boost::system::error_code add(int fd, std::uint64_t token, Interest interest = {});
  // Does what add() does, and throws boost::system::system_error if that fails.
  void add_or_throw(int fd, std::uint64_t token);
  // Changes the token and interest of an `fd` that was added.
  [[nodiscard]] boost::system::error_code modify(int fd, std::uint64_t token, Interest interest);
  // Stops watching `fd`, for example before another poller watches it. Closing a descriptor removes it as
  // well.
  [[nodiscard]] boost::system::error_code remove(int fd);

  // Waits until something is ready or `timeout` has passed (rounded up to milliseconds); without a timeout,
  // until something is ready. The span is valid until the next wait. An event may belong to a descriptor that
  // was closed while an earlier event of the same span was handled: never use a token twice.
  std::span<const Ready> wait(std::optional<Duration> timeout);

 private:
  FileDescriptor epoll_;
  std::vector<epoll_event> events_;
  std::vector<Ready> ready_;
};

}  // namespace turnpike::net
