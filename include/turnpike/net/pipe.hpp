// Joins two streams of bytes: what arrives at one end leaves at the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "turnpike/base/bytes.hpp"
#include "turnpike/net/byte_stream.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/net/write_queue.hpp"

namespace turnpike::net {

// Moves bytes both ways between two connections. At most kQueuedMax bytes wait in each way, and nothing more
// is read meanwhile, so a slow receiver slows its sender. When an end stops sending, the other end is told;
// the way back stays open until the other end stops too, or until the first one is closed and takes nothing
// any more.
//
//     end 0  -- read -->  | way 0: up to kQueuedMax |  -- write -->  end 1
//     end 0  <-- write -- | way 1: up to kQueuedMax |  <-- read --   end 1
class Pipe {
 public:
  // Bytes that wait in each way at most.
  static constexpr std::size_t kQueuedMax = 64 * 1024;

  // Joins two connections. `blocks` must outlive the pipe; a pipe in which nothing waits holds no block.
  Pipe(ByteStream end_0, ByteStream end_1, BlockPool& blocks);
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  // Sends the close_notify of TLS, as far as that needs no waiting, and closes both connections.
  ~Pipe();

  // Queues bytes that were read from end 0 before the pipe existed: at most kQueuedMax.
  void begin_with(Bytes from_end_0) { ways_[0].queue.append(from_end_0); }

  // The outcome of a call of move().
  struct Moved {
    std::size_t bytes = 0;    // read from both ends
    std::size_t left = 0;     // written to both ends
    bool has_unseen = false;  // more can be moved at once, which no poller reports
    bool ended = false;       // both ways are over, or a connection is broken
  };
  // Moves what needs no waiting, at most `bytes_max` bytes each way. `scratch` is memory for the reads.
  Moved move(std::size_t bytes_max, MutableBytes scratch);

  // Returns true if nothing more comes from this end (0 or 1); what has come may still wait for the other
  // end.
  bool has_stopped(std::size_t end) const { return ways_[end].is_over; }
  // Returns true if nothing more comes from this end and the other end has got all of it.
  bool has_delivered(std::size_t end) const { return ways_[end].is_told; }

  int fd(std::size_t end) const { return ends_[end].fd(); }
  // Returns what move() waits for at this end. An end without any interest is to be removed from the poller,
  // which would report the loss of its connection without end.
  Interest interest(std::size_t end) const;

 private:
  // The bytes on their way from one end to the other.
  struct Way {
    explicit Way(BlockPool& blocks) : queue(blocks) {}
    std::size_t room() const { return kQueuedMax - queue.size(); }

    WriteQueue queue;
    bool is_over = false;  // nothing more is read from the first end
    bool is_told = false;  // all is written, and the second end knows that nothing follows
  };

  void move(std::size_t from, std::size_t bytes_max, MutableBytes scratch, Moved& moved);
  std::size_t write(std::size_t from);

  std::array<ByteStream, 2> ends_;
  std::array<Way, 2> ways_;  // by the end that is read
  bool is_broken_ = false;
};

}  // namespace turnpike::net
