#include "turnpike/net/frame_assembler.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace turnpike::net {

MutableBytes FrameAssembler::target(MutableBytes scratch) {
  if (frame_) return {frame_.get() + frame_received_, frame_size_.wire_size - frame_received_};
  assert(scratch.size() >= kScratchMin);
  std::ranges::copy(std::span(header_).first(header_size_), scratch.begin());
  chunk_ = scratch;
  return scratch.subspan(header_size_);
}

bool FrameAssembler::commit(std::size_t size, FrameHandler& handler) {
  if (!frame_) return split(chunk_.first(header_size_ + size), handler);
  frame_received_ += size;
  if (frame_received_ < frame_size_.wire_size) return true;
  const bool wanted = handler.on_frame({frame_.get(), frame_size_.size});
  handler.after_chunk();
  frame_.reset();
  return wanted;
}

bool FrameAssembler::split(MutableBytes received, FrameHandler& handler) {
  header_size_ = 0;
  bool any = false;
  bool good = true;
  while (good && !received.empty()) {
    const auto frame = stun::next_frame(received, rfc5766_channels_);
    good = frame && (!*frame || (*frame)->size <= frame_bytes_max_);
    if (!good) break;
    if (!*frame || (*frame)->wire_size > received.size()) {
      keep_rest(received, *frame);
      break;
    }
    any = true;
    good = handler.on_frame(received.first((*frame)->size));
    received = received.subspan((*frame)->wire_size);
  }
  if (any) handler.after_chunk();
  return good;
}

void FrameAssembler::keep_rest(Bytes rest, const std::optional<stun::Frame>& frame) {
  if (!frame) {
    assert(rest.size() <= header_.size());
    std::ranges::copy(rest, header_.begin());
    header_size_ = rest.size();
    return;
  }
  frame_size_ = *frame;
  frame_ = std::make_unique_for_overwrite<std::uint8_t[]>(frame->wire_size);
  std::memcpy(frame_.get(), rest.data(), rest.size());
  frame_received_ = rest.size();
}

}  // namespace turnpike::net
