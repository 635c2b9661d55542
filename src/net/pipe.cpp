#include "turnpike/net/pipe.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::net {

Pipe::Pipe(ByteStream end_0, ByteStream end_1, BlockPool& blocks)
    : ends_{std::move(end_0), std::move(end_1)}, ways_{Way(blocks), Way(blocks)} {}

Pipe::~Pipe() {
  for (ByteStream& end : ends_) end.say_goodbye();
}

Pipe::Moved Pipe::move(std::size_t bytes_max, MutableBytes scratch) {
  Moved moved;
  for (std::size_t from = 0; from < ends_.size() && !is_broken_; ++from) {
    move(from, bytes_max, scratch, moved);
    moved.has_unseen = moved.has_unseen || (ends_[from].has_unseen() && ways_[from].room() > 0);
  }
  moved.ended = is_broken_ || (ways_[0].is_told && ways_[1].is_told);
  return moved;
}

void Pipe::move(std::size_t from, std::size_t bytes_max, MutableBytes scratch, Moved& moved) {
  Way& way = ways_[from];
  std::size_t bytes = 0;
  moved.left += write(from);
  while (!way.is_over && !is_broken_ && bytes < bytes_max && way.room() > 0) {
    const IoResult got =
        ends_[from].read(scratch.first(std::min({scratch.size(), bytes_max - bytes, way.room()})));
    way.queue.append(scratch.first(got.bytes));
    bytes += got.bytes;
    way.is_over = got.state == IoResult::State::closed;
    is_broken_ = is_broken_ || got.error;
    moved.left += write(from);
    if (got.state != IoResult::State::ready) break;
  }
  moved.bytes += bytes;
}

// What the end of a broken connection has sent before still leaves. How many bytes have left.
std::size_t Pipe::write(std::size_t from) {
  Way& way = ways_[from];
  ByteStream& to = ends_[1 - from];
  const std::size_t waited = way.queue.size();
  if (to.flush(way.queue).closed) is_broken_ = true;
  const std::size_t left = waited - way.queue.size();
  if (!way.is_over || way.is_told || !way.queue.empty()) return left;
  to.end_writing();
  way.is_told = true;
  if (ends_[from].is_dead()) is_broken_ = true;
  return left;
}

Interest Pipe::interest(std::size_t end) const {
  const ByteStream& stream = ends_[end];
  const Way& in = ways_[end];
  const bool reads = !in.is_over && in.room() > 0;
  const bool waits = reads && stream.read_waits_for_write();
  return {.readable = reads && !waits, .writable = waits || !ways_[1 - end].queue.empty()};
}

}  // namespace turnpike::net
