// Joins connections of clients that do not speak TURN to the servers within this host that take them.
#pragma once

#include <array>
#include <boost/system/error_code.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "turnpike/base/deadline_queue.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/pipe.hpp"
#include "turnpike/net/ready_ring.hpp"
#include "turnpike/path/passing.hpp"

namespace turnpike::path {

// Moves bytes through the pipes of one worker, a bounded number in each turn. The server bounds the life of a
// pipe, which may be days. Once the server has said that nothing follows, kFarewellMax and kLingerMax bound
// how long the client may take.
class Pipes {
 public:
  static constexpr std::size_t kPipesPerTurn = 64;                   // ready ones; as many again that wait
  static constexpr std::size_t kBytesPerTurn = 1 << 19;              // of all pipes together
  static constexpr std::size_t kBytesOfOne = net::Pipe::kQueuedMax;  // in each direction
  // Maximum times after the server has closed: without a byte taken by the client, and for the client to
  // close once it has everything.
  static constexpr Duration kFarewellMax = std::chrono::seconds(30);
  static constexpr Duration kLingerMax = std::chrono::seconds(5);

  Pipes();
  Pipes(const Pipes&) = delete;
  Pipes& operator=(const Pipes&) = delete;

  // Returns a descriptor that is readable while something is to be moved.
  int fd() const { return ring_.fd(); }
  // Joins the client's connection and `server`, which must be non-blocking. If that fails, next_gone()
  // returns the client.
  void join(Passing client, net::FileDescriptor server);

  // Renews the budget.
  void begin_turn(TimePoint now);
  // Notes that the poller reports fd().
  void note_ready() { ready_ = true; }
  // Moves bytes until the budget of this turn is used up or nothing is ready.
  void serve();
  // Returns whether there is something to move that no poller reports.
  bool has_waiting() const { return !waiting_.empty(); }
  // Returns whether serve() has anything to do.
  bool has_any() const { return ready_ || ring_.has_next() || has_waiting(); }

  // Ends pipes whose client has exceeded kFarewellMax or kLingerMax.
  void on_deadline(TimePoint now);
  // Returns when on_deadline() must be called; nullopt: not at all.
  std::optional<TimePoint> next_deadline() const { return farewells_.next(); }

  // Returns a client whose pipe has ended, each once; nullopt if there is none left.
  std::optional<FiveTuple> next_gone();
  std::size_t size() const { return pipes_.size(); }

 private:
  using Id = std::uint32_t;
  // Of a server's last words: some wait, or all have left.
  enum class Farewell : std::uint8_t { none, begun, said };
  struct Joined {
    Joined(net::ByteStream client, net::ByteStream server, net::BlockPool& blocks, const FiveTuple& of)
        : pipe(std::move(client), std::move(server), blocks), ends(of) {}
    net::Pipe pipe;
    FiveTuple ends;
    std::array<net::Interest, 2> watched{net::Interest{false, false}, net::Interest{false, false}};
    bool waits = false;
    Farewell farewell = Farewell::none;
  };

  std::optional<Id> next();
  void serve(Id id);
  void bound_farewell(Id id, Joined& joined, const net::Pipe::Moved& moved);
  [[nodiscard]] boost::system::error_code watch(Id id, Joined& joined, std::size_t end);
  void end(Id id);

  net::BlockPool blocks_;  // outlives the pipes
  std::vector<std::uint8_t> scratch_;
  net::ReadyRing ring_;
  boost::unordered_flat_map<Id, std::unique_ptr<Joined>> pipes_;
  std::deque<Id> waiting_;
  std::size_t waiting_left_ = 0;  // of waiting_, to be served this turn
  std::size_t bytes_left_ = 0;
  bool ready_ = false;  // the ring, and it was not asked yet
  DeadlineQueue<Id> farewells_;
  std::vector<FiveTuple> gone_;
  Id next_id_ = 0;
  TimePoint now_;
};

}  // namespace turnpike::path
