#include "turnpike/net/frame_assembler.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace turnpike::net {

MutableBytes FrameAssembler::target(MutableBytes scratch) {
  if (frame_) return {frame_.get() + frame_received_, frame_size_.wire_size - frame_received_};
  assert(scratch.size() >= kScratchMin);
  std::ranges::copy(std::span(header_).first(header_size_), scratch.begin());
  chunk_ = scratch;
  return scratch.subspan(header_size_);
}

bool FrameAssembler::commit(std::size_t size, FrameHandler& handler) {
  if (!frame_) {
    const bool good = split(chunk_.first(header_size_ + size), handler);
    end_chunk(handler);
    return good;
  }
  frame_received_ += size;
  if (frame_received_ < frame_size_.wire_size) return true;
  end_chunk(handler);
  handed_out_frame_ = std::move(frame_);
  return hand_out({handed_out_frame_.get(), frame_size_.size}, handler);
}

void FrameAssembler::end_chunk(FrameHandler& handler) {
  if (!std::exchange(handed_out_, false)) return;
  handler.after_chunk();
  handed_out_frame_.reset();
}

bool FrameAssembler::hand_out(Bytes frame, FrameHandler& handler) {
  handed_out_ = true;
  return handler.on_frame(frame);
}

bool FrameAssembler::split(Bytes received, FrameHandler& handler) {
  header_size_ = 0;
  while (!received.empty()) {
    const auto frame = stun::next_frame(received, rfc5766_channels_);
    if (!frame || (*frame && (*frame)->size > frame_bytes_max_)) return false;
    if (!*frame || (*frame)->wire_size > received.size()) {
      keep_rest(received, *frame);
      return true;
    }
    if (!hand_out(received.first((*frame)->size), handler)) return false;
    received = received.subspan((*frame)->wire_size);
  }
  return true;
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
