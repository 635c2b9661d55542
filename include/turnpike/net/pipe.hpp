// Two streams of bytes that are joined: what arrives at one end leaves at the other.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "turnpike/base/bytes.hpp"
#include "turnpike/net/byte_stream.hpp"
#include "turnpike/net/poller.hpp"
#include "turnpike/net/write_queue.hpp"

namespace turnpike::net {

// Of each way so much waits at most, and nothing more is read meanwhile: who takes slowly slows the sender.
// An end that stops sending is told to the other one, and the way back stays open until that one stops, too,
// or the first one is closed and takes nothing any more.
//
//     end 0  -- read -->  | way 0: up to kQueuedMax |  -- write -->  end 1
//     end 0  <-- write -- | way 1: up to kQueuedMax |  <-- read --   end 1
class Pipe {
 public:
  static constexpr std::size_t kQueuedMax = 64 * 1024;

  // `blocks` outlives the pipe, which has none of them while nothing waits.
  Pipe(ByteStream end_0, ByteStream end_1, BlockPool& blocks);
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  // Says goodbye, as far as that needs no waiting.
  ~Pipe();

  // Bytes that were read from end 0 before: at most kQueuedMax.
  void begin_with(Bytes from_end_0) { ways_[0].queue.append(from_end_0); }

  struct Moved {
    std::size_t bytes = 0;    // that were read
    std::size_t left = 0;     // that have left by the other end
    bool has_unseen = false;  // there is more to move, which no poller sees
    bool ended = false;       // both ways have, or the connection of an end is broken
  };
  // Moves what needs no waiting, in each way at most so many bytes.
  Moved move(std::size_t bytes_max, MutableBytes scratch);

  // Nothing more comes from there; what has come may still wait to be taken.
  bool has_stopped(std::size_t end) const { return ways_[end].is_over; }
  // And nothing of it waits.
  bool has_delivered(std::size_t end) const { return ways_[end].is_told; }

  int fd(std::size_t end) const { return ends_[end].fd(); }
  // What move() waits for. Of an end with no interest at all the poller would report its loss without end.
  Interest interest(std::size_t end) const;

 private:
  // From one end to the other.
  struct Way {
    explicit Way(BlockPool& blocks) : queue(blocks) {}
    std::size_t room() const { return kQueuedMax - queue.size(); }

    WriteQueue queue;
    bool is_over = false;  // nothing more is read
    bool is_told = false;  // and the other end knows
  };

  void move(std::size_t from, std::size_t bytes_max, MutableBytes scratch, Moved& moved);
  std::size_t write(std::size_t from);

  std::array<ByteStream, 2> ends_;
  std::array<Way, 2> ways_;  // by the end that is read
  bool is_broken_ = false;
};

}  // namespace turnpike::net
