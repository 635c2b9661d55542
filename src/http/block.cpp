#include "turnpike/http/block.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace turnpike::http {
namespace {

constexpr std::size_t kSpareMax = 16;

using Memory = std::unique_ptr<char[]>;

std::vector<Memory>& spare() {
  thread_local std::vector<Memory> blocks;
  return blocks;
}

Memory take() {
  std::vector<Memory>& blocks = spare();
  if (blocks.empty()) return std::make_unique_for_overwrite<char[]>(Block::kSize);
  Memory last = std::move(blocks.back());
  blocks.pop_back();
  return last;
}

}  // namespace

std::span<char> Block::room() {
  if (!memory_) memory_ = take();
  return {memory_.get() + end_, kSize - end_};
}

void Block::consume(std::size_t size) {
  begin_ += size;
  if (begin_ == end_) begin_ = end_ = 0;
}

std::size_t Block::append(std::string_view bytes) {
  const std::span<char> free = room();
  const std::size_t size = std::min(free.size(), bytes.size());
  std::memcpy(free.data(), bytes.data(), size);
  commit(size);
  return size;
}

void Block::clear_if_empty() {
  if (is_empty()) give_back();
}

void Block::give_back() {
  if (memory_ && spare().size() < kSpareMax) spare().push_back(std::move(memory_));
  memory_.reset();
}

}  // namespace turnpike::http
