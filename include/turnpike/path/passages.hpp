// Connects clients' connections to other TLS servers and waits for the outcome.
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

// Holds one worker's connections to other servers that are not established yet. What clients send meanwhile
// stays in their sockets.
class Passages {
 public:
  static constexpr std::size_t kPerTurn = 64;  // connection attempts served in one turn
  // Maximum time for a server to accept.
  static constexpr Duration kLimit = std::chrono::seconds(5);

  Passages() : ring_(kPerTurn) {}
  Passages(const Passages&) = delete;
  Passages& operator=(const Passages&) = delete;

  // Returns a descriptor that is readable while an attempt has an outcome.
  int fd() const { return ring_.fd(); }
  // Begins to connect to `client.server`, which must be set. The outcome comes from next_arrived() or
  // next_failed().
  void begin(Passing client, TimePoint now);

  // Notes that the poller reports fd().
  void note_ready() { ready_ = true; }
  // Settles up to kPerTurn attempts that have an outcome.
  void serve();
  // Returns whether serve() has anything to do.
  bool has_any() const { return ready_ || ring_.has_next(); }
  // Fails the attempts that have taken longer than kLimit.
  void on_deadline(TimePoint now);
  // Returns when on_deadline() must be called; nullopt: not at all.
  std::optional<TimePoint> next_deadline() const { return deadlines_.next(); }

  // A client and the connection that its server has accepted.
  struct Arrived {
    Passing client;
    net::FileDescriptor server;
  };
  // Returns an attempt that has succeeded or failed, each once; nullopt if there is none left. A failed
  // client's connection is closed.
  std::optional<Arrived> next_arrived();
  // A client whose server could not be reached.
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
