// Connections of one standing, of which so many are served in a turn of the worker and no more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "turnpike/net/ready_ring.hpp"

namespace turnpike::path {

struct LaneLimits {
  std::size_t connections;      // that are ready, a turn; as many again whose bytes were read already
  std::size_t requests;         // a turn
  std::size_t requests_of_one;  // a connection and turn
  std::size_t bytes;            // that are read, a turn
  std::size_t bytes_of_one_read;
};

// Whose turn it is: in alternation one that something is left of from turns before, and one that the poller
// reports; of each kind those first that wait longest.
class Lane {
 public:
  using StreamId = std::uint32_t;

  explicit Lane(const LaneLimits& limits) : limits_(limits), ring_(limits.connections), left_(limits) {}

  net::ReadyRing& ring() { return ring_; }
  // The poller that the ring is in reports it.
  void note_ready() { ready_ = true; }
  bool has_waiting() const { return !waiting_.empty(); }
  // The poller has reported some, or some wait.
  bool has_any() const { return ready_ || ring_.has_next() || has_waiting(); }
  // Serves it in the next turn although the poller does not report it.
  void wait(StreamId id) { waiting_.push_back(id); }

  void begin_turn() {
    left_ = limits_;
    waiting_left_ = std::min(waiting_.size(), limits_.connections);
  }

  struct Next {
    StreamId id;
    bool waited;  // it was told by wait()
  };
  // None: there is nobody, or the connections of this turn are used up.
  std::optional<Next> next();

  std::size_t bytes_of_read() const { return std::min(limits_.bytes_of_one_read, left_.bytes); }
  std::size_t requests_of_one() const { return std::min(limits_.requests_of_one, left_.requests); }
  bool has_requests() const { return left_.requests > 0; }
  void spend(std::size_t bytes, std::size_t requests) {
    left_.bytes -= std::min(bytes, left_.bytes);
    left_.requests -= std::min(requests, left_.requests);
  }

 private:
  std::optional<Next> next_waiting();
  std::optional<Next> next_ready();

  LaneLimits limits_;
  net::ReadyRing ring_;
  std::deque<StreamId> waiting_;
  std::size_t waiting_left_ = 0;  // of waiting_, to be served this turn
  LaneLimits left_;               // of this turn
  bool ring_next_ = false;        // is asked first
  bool ready_ = false;            // the ring, and it was not asked yet
};

}  // namespace turnpike::path
