// Descriptors that are served one after the other, however many are ready.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "turnpike/net/poller.hpp"

namespace turnpike::net {

// A poller of its own, so that its descriptors are one event of another poller and never crowd out what else
// waits there. Who takes fewer than are ready goes on with the others the next time.
class ReadyRing {
 public:
  // Throws std::system_error.
  explicit ReadyRing(std::size_t events_max) : poller_(events_max) {}

  // Readable while any of the descriptors is ready.
  int fd() const { return poller_.fd(); }
  Poller& poller() { return poller_; }

  // Asks which are ready, unless some are left from the last time: those that wait longest come first.
  void poll() {
    if (ready_.empty()) ready_ = poller_.wait(Duration::zero());
  }
  // Each descriptor once, also one that was closed meanwhile. What is left unread is ready again, behind the
  // others.
  std::optional<Ready> next() {
    if (ready_.empty()) return std::nullopt;
    const Ready next = ready_.front();
    ready_ = ready_.subspan(1);
    return next;
  }
  // Some are left from the last poll().
  bool has_next() const { return !ready_.empty(); }

 private:
  Poller poller_;
  std::span<const Ready> ready_;
};

}  // namespace turnpike::net
