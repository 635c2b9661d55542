// Connections of clients on their way to another server, until that one has accepted them or has not.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/deadline_queue.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/ready_ring.hpp"
#include "turnpike/path/passing.hpp"

namespace turnpike::path {

// Those of one worker. What their clients send meanwhile waits in the sockets.
class Passages {
 public:
  static constexpr std::size_t kPerTurn = 64;  // that are ready
  static constexpr Duration kLimit = std::chrono::seconds(5);

  Passages() : ring_(kPerTurn) {}
  Passages(const Passages&) = delete;
  Passages& operator=(const Passages&) = delete;

  // Readable while one of them is to be served.
  int fd() const { return ring_.fd(); }
  // Connects to `client.server`, which is there.
  void begin(Passing client, TimePoint now);

  void note_ready() { ready_ = true; }
  // Of those that are ready so many as a turn has.
  void serve();
  bool has_any() const { return ready_ || ring_.has_next(); }
  void on_deadline(TimePoint now);
  std::optional<TimePoint> next_deadline() const { return deadlines_.next(); }

  struct Arrived {
    Passing client;
    net::FileDescriptor server;
  };
  // One whose server has accepted it; each is told once, as is one that has failed, whose connection is
  // closed.
  std::optional<Arrived> next_arrived();
  struct Failed {
    FiveTuple client;
    Endpoint server;
    boost::system::error_code error;
  };
  std::optional<Failed> next_failed();

  std::size_t size() const { return passages_.size(); }

 private:
  using Id = std::uint32_t;

  void settle(Id id, boost::system::error_code error);

  net::ReadyRing ring_;
  boost::unordered_flat_map<Id, Arrived> passages_;
  DeadlineQueue<Id> deadlines_;
  std::vector<Arrived> arrived_;
  std::vector<Failed> failed_;
  bool ready_ = false;  // the ring, and it was not asked yet
  Id next_id_ = 0;
};

}  // namespace turnpike::path
