#include "turnpike/net/write_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "turnpike/base/check.hpp"

namespace turnpike::net {

constexpr std::size_t kBlockSize = std::tuple_size_v<Block>;

BlockPtr BlockPool::take() {
  if (free_.empty()) return std::make_unique_for_overwrite<Block>();
  BlockPtr block = std::move(free_.back());
  free_.pop_back();
  return block;
}

void BlockPool::give_back(BlockPtr block) {
  if (free_.size() < kept_max_) free_.push_back(std::move(block));
}

WriteQueue::~WriteQueue() { consume(size_); }

void WriteQueue::append(Bytes bytes) {
  while (!bytes.empty()) {
    const std::size_t end = first_ + size_;
    if (end == blocks_.size() * kBlockSize) blocks_.push_back(pool_.take());
    const std::size_t at = end % kBlockSize;
    const std::size_t count = std::min(bytes.size(), kBlockSize - at);
    std::memcpy(blocks_.back()->data() + at, bytes.data(), count);
    bytes = bytes.subspan(count);
    size_ += count;
  }
}

Bytes WriteQueue::front() const {
  if (empty()) return {};
  return {blocks_.front()->data() + first_, std::min(size_, kBlockSize - first_)};
}

std::size_t WriteQueue::pieces(std::span<iovec> out) const {
  const std::size_t count = std::min(out.size(), blocks_.size());
  std::size_t begin = first_;
  std::size_t left = size_;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = std::min(left, kBlockSize - begin);
    out[i] = {blocks_[i]->data() + begin, size};
    left -= size;
    begin = 0;
  }
  return count;
}

void WriteQueue::consume(std::size_t bytes) {
  TURNPIKE_CHECK(bytes <= size_);
  first_ += bytes;
  size_ -= bytes;
  const std::size_t done = empty() ? blocks_.size() : first_ / kBlockSize;
  for (std::size_t i = 0; i < done; ++i) pool_.give_back(std::move(blocks_[i]));
  blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(done));
  first_ = empty() ? 0 : first_ % kBlockSize;
}

}  // namespace turnpike::net
