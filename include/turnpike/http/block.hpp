// Memory for bytes that are on their way from one socket to another.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace turnpike::http {

// A fixed buffer of bytes that have arrived from one socket and wait to leave by another:
//
//     0 ....... begin ........ end ........ kSize
//     passed on | filled       | room
//
// The buffer has memory only from room() until clear_if_empty(), so an idle connection has none. Each thread
// keeps a few pieces, so that bursts of bytes do not cost an allocation each.
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
  // Returns the free part, and takes memory if there is none; empty if the block is full.
  std::span<char> room();
  // Declares the first `size` bytes of the room as filled.
  void commit(std::size_t size) { end_ += size; }
  // Removes the first `size` filled bytes.
  void consume(std::size_t size);
  // Copies as many bytes as there is room for; returns how many.
  std::size_t append(std::string_view bytes);
  // Gives the memory back if nothing is filled.
  void clear_if_empty();

 private:
  void give_back();

  std::unique_ptr<char[]> memory_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace turnpike::http
