// Serves ready descriptors one after the other, however many are ready.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "turnpike/net/poller.hpp"

namespace turnpike::net {

// Holds a poller of its own, so that its descriptors count as one event of an outer poller and never crowd
// out what else waits there. A caller that takes fewer events than are ready goes on with the others next
// time.
class ReadyRing {
 public:
  // Makes a ring that asks for at most `events_max` events at a time. Throws std::system_error.
  explicit ReadyRing(std::size_t events_max) : poller_(events_max) {}

  // Returns a descriptor that is readable while any descriptor of the ring is ready.
  int fd() const { return poller_.fd(); }
  Poller& poller() { return poller_; }

  // Asks the kernel which descriptors are ready, without waiting, unless events of the last call are left:
  // the descriptors that have waited longest come first.
  void poll() {
    if (ready_.empty()) ready_ = poller_.wait(Duration::zero());
  }
  // Returns the next event of the last poll(), each descriptor once; none if no event is left. The descriptor
  // may have been closed meanwhile. A descriptor with unread bytes is ready again, behind the others.
  std::optional<Ready> next() {
    if (ready_.empty()) return std::nullopt;
    const Ready next = ready_.front();
    ready_ = ready_.subspan(1);
    return next;
  }
  // Returns true if events of the last poll() are left.
  bool has_next() const { return !ready_.empty(); }

 private:
  Poller poller_;
  std::span<const Ready> ready_;
};

}  // namespace turnpike::net
