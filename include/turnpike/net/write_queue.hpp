// Bytes that wait to be written to a stream, in blocks that all streams of a worker share: an idle stream
// holds none.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "turnpike/base/bytes.hpp"

namespace turnpike::net {

// 16,384 bytes: the largest TLS record, so a full block is one record.
using Block = std::array<std::uint8_t, 16384>;
using BlockPtr = std::unique_ptr<Block>;

// Keeps up to `kept_max` unused blocks, so that in steady state nothing is allocated.
class BlockPool {
 public:
  explicit BlockPool(std::size_t kept_max = 256) : kept_max_(kept_max) { free_.reserve(kept_max); }
  BlockPtr take();
  void give_back(BlockPtr block);

 private:
  std::size_t kept_max_;
  std::vector<BlockPtr> free_;
};

class WriteQueue {
 public:
  explicit WriteQueue(BlockPool& pool) : pool_(pool) {}
  ~WriteQueue();
  WriteQueue(const WriteQueue&) = delete;
  WriteQueue& operator=(const WriteQueue&) = delete;

  void append(Bytes bytes);
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // The oldest bytes, up to the end of their block. Grows at its end with append(), otherwise stays until
  // consume().
  Bytes front() const;
  // The oldest bytes as pieces, at most `out.size()` of them; returns how many.
  std::size_t pieces(std::span<iovec> out) const;
  void consume(std::size_t bytes);

 private:
  BlockPool& pool_;
  std::vector<BlockPtr> blocks_;
  std::size_t first_ = 0;  // offset in the first block
  std::size_t size_ = 0;
};

}  // namespace turnpike::net
