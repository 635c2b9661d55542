// Serves connections of one standing, a bounded number in each turn of the worker.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "turnpike/net/ready_ring.hpp"

namespace turnpike::path {

// Budget of one lane for one turn.
struct LaneLimits {
  std::size_t connections;      // ready ones; as many again whose bytes were already read
  std::size_t requests;         // of all connections
  std::size_t requests_of_one;  // of one connection
  std::size_t bytes;            // read from all connections
  // Bytes of one read of a connection.
  std::size_t bytes_of_one_read;
};

// Chooses the next connection to serve. Two kinds alternate: connections with work left from earlier turns,
// and connections that the poller reports. Within each kind the one that waits longest comes first.
class Lane {
 public:
  using StreamId = std::uint32_t;

  explicit Lane(const LaneLimits& limits) : limits_(limits), ring_(limits.connections), left_(limits) {}

  // Returns the ring that watches the lane's connections.
  net::ReadyRing& ring() { return ring_; }
  // Notes that the worker's poller reports the ring.
  void note_ready() { ready_ = true; }
  bool has_waiting() const { return !waiting_.empty(); }
  // Returns whether the poller has reported connections or some wait.
  bool has_any() const { return ready_ || ring_.has_next() || has_waiting(); }
  // Has the connection served in the next turn even if the poller does not report it.
  void wait(StreamId id) { waiting_.push_back(id); }

  // Renews the budget.
  void begin_turn() {
    left_ = limits_;
    waiting_left_ = std::min(waiting_.size(), limits_.connections);
  }

  // A connection to serve.
  struct Next {
    StreamId id;
    bool waited;  // true: queued by wait(); false: reported by the poller
  };
  // Returns the next connection; nullopt if none is left or the budget is used up.
  std::optional<Next> next();

  // Returns how many bytes the next read may take.
  std::size_t bytes_of_read() const { return std::min(limits_.bytes_of_one_read, left_.bytes); }
  // Returns how many requests the next connection may have handled.
  std::size_t requests_of_one() const { return std::min(limits_.requests_of_one, left_.requests); }
  bool has_requests() const { return left_.requests > 0; }
  // Takes from the budget of this turn.
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
