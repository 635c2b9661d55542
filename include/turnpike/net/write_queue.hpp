// Queues bytes that wait to be written to a stream, in blocks that all streams of a worker share: an idle
// stream holds no block.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "turnpike/base/bytes.hpp"

namespace turnpike::net {

// The unit of a queue: 16,384 bytes, the largest TLS record, so a full block is one record.
using Block = std::array<std::uint8_t, 16384>;
using BlockPtr = std::unique_ptr<Block>;

// Keeps up to `kept_max` unused blocks, so that a steady state allocates nothing. One thread uses it.
class BlockPool {
 public:
  explicit BlockPool(std::size_t kept_max = 256) : kept_max_(kept_max) { free_.reserve(kept_max); }
  // Returns a kept block, or a new one. Throws std::bad_alloc.
  BlockPtr take();
  // Keeps the block, or frees it if the pool is full.
  void give_back(BlockPtr block);

 private:
  std::size_t kept_max_;
  std::vector<BlockPtr> free_;
};

// A queue of bytes in the order of append(). Has no bound of its own: the owner checks size() first.
class WriteQueue {
 public:
  explicit WriteQueue(BlockPool& pool) : pool_(pool) {}
  ~WriteQueue();
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  // Copies bytes to the end of the queue. Throws std::bad_alloc.
  void append(Bytes bytes);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Returns the oldest bytes, up to the end of their block; empty if the queue is. Valid until consume(), and
  // append() may only make the block's used part longer.
  Bytes front() const;
  // Fills `out` with the oldest bytes as pieces; returns how many pieces were filled.
  std::size_t pieces(std::span<iovec> out) const;
  // Removes the oldest `bytes` bytes; there must be as many.
  void consume(std::size_t bytes);

 private:
  BlockPool& pool_;
  std::vector<BlockPtr> blocks_;
  std::size_t first_ = 0;  // offset in the first block
  std::size_t size_ = 0;
};

}  // namespace turnpike::net
