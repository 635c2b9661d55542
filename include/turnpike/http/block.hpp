// Memory for bytes that are on their way from one socket to another.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace turnpike::http {

//   0 ....... begin ........ end ........ kSize
//   passed on | filled       | room
//
// It has memory only from room() until clear_if_empty(): an idle connection has none. A few pieces stay with
// the thread, so that bytes which come in bursts do not cost an allocation each.
class Block {
 public:
  static constexpr std::size_t kSize = 65536;

  Block() = default;
  ~Block() { give_back(); }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  bool is_empty() const { return begin_ == end_; }
  std::string_view text() const { return {memory_.get() + begin_, end_ - begin_}; }
  std::span<char> filled() { return {memory_.get() + begin_, end_ - begin_}; }
  // Empty where the block is full.
  std::span<char> room();
  // So much of the room is filled now.
  void commit(std::size_t size) { end_ += size; }
  // So much of what is filled has been passed on.
  void consume(std::size_t size);
  // As much as there is room for; how much that is.
  std::size_t append(std::string_view bytes);
  void clear_if_empty();

 private:
  void give_back();

  std::unique_ptr<char[]> memory_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace turnpike::http
