#include "turnpike/net/frame_assembler.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "turnpike/base/check.hpp"

namespace turnpike::net {

MutableBytes FrameAssembler::target(MutableBytes scratch) {
  if (frame_) return {frame_.get() + frame_received_, frame_size_.wire_size - frame_received_};
  TURNPIKE_CHECK(scratch.size() >= kScratchMin && uncut_.empty());
  std::ranges::copy(std::span(header_).first(header_size_), scratch.begin());
  chunk_ = scratch;
  return scratch.subspan(header_size_);
}

void FrameAssembler::commit(std::size_t size) {
  if (frame_) {
    frame_received_ += size;
  } else if (size > 0) {
    uncut_ = chunk_.first(header_size_ + size);
    header_size_ = 0;
  }
}

Result<std::optional<Bytes>, stun::FrameError> FrameAssembler::front() {
  if (!frame_) return cut();
  if (frame_received_ < frame_size_.wire_size) return std::optional<Bytes>{};
  return std::optional<Bytes>({frame_.get(), frame_size_.size});
}

Result<std::optional<Bytes>, stun::FrameError> FrameAssembler::cut() {
  skip_keepalives();
  if (uncut_.empty()) return std::optional<Bytes>{};
  const auto frame = stun::next_frame(uncut_, rfc5766_channels_);
  if (!frame) return frame.error();
  if (*frame && (*frame)->size > frame_bytes_max_) return stun::FrameError::not_turn;
  if (!*frame || (*frame)->wire_size > uncut_.size()) {
    keep_incomplete(*frame);
    return std::optional<Bytes>{};
  }
  front_bytes_ = (*frame)->wire_size;
  return std::optional<Bytes>(uncut_.first((*frame)->size));
}

// Line ends between frames, by which some clients keep a connection open (RFC 5626 3.5.1). No frame begins
// with one.
void FrameAssembler::skip_keepalives() {
  const auto first =
      std::ranges::find_if(uncut_, [](std::uint8_t byte) { return byte != '\r' && byte != '\n'; });
  uncut_ = uncut_.subspan(static_cast<std::size_t>(first - uncut_.begin()));
}

void FrameAssembler::pop() {
  if (frame_) {
    given_frame_ = std::move(frame_);
  } else {
    uncut_ = uncut_.subspan(front_bytes_);
  }
}

void FrameAssembler::keep_incomplete(const std::optional<stun::Frame>& frame) {
  const Bytes begin = std::exchange(uncut_, {});
  if (!frame) {
    TURNPIKE_CHECK(begin.size() <= header_.size());
    std::ranges::copy(begin, header_.begin());
    header_size_ = begin.size();
    return;
  }
  frame_size_ = *frame;
  frame_ = std::make_unique_for_overwrite<std::uint8_t[]>(frame->wire_size);
  std::memcpy(frame_.get(), begin.data(), begin.size());
  frame_received_ = begin.size();
}

void FrameAssembler::release() {
  given_frame_.reset();
  if (uncut_.empty()) {
    waiting_.reset();
  } else if (!waiting_) {
    waiting_ = std::make_unique_for_overwrite<std::uint8_t[]>(uncut_.size());
    std::memcpy(waiting_.get(), uncut_.data(), uncut_.size());
    uncut_ = {waiting_.get(), uncut_.size()};
  }
}

}  // namespace turnpike::net
