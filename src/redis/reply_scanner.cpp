#include "turnpike/redis/reply_scanner.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace turnpike::redis {
namespace {

constexpr std::size_t kLineEnd = 2;

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string_view words(ReplyFault fault) {
  switch (fault) {
    case ReplyFault::malformed: return "it is malformed";
    case ReplyFault::too_large: return "it is too large";
    case ReplyFault::too_many_elements: return "it has too many elements";
    case ReplyFault::too_deep: return "its arrays are too deep";
  }
  return "";
}

Result<std::size_t, ReplyFault> ReplyScanner::scan(std::string_view bytes) {
  if (is_done_) *this = ReplyScanner(limits_);
  std::size_t at = 0;
  while (at < bytes.size() && !is_done_) {
    const auto taken = payload_left_ > 0 ? take_payload(bytes.substr(at)) : take_of_line(bytes[at]);
    if (!taken) return taken.error();
    at += *taken;
    bytes_ += *taken;
  }
  return at;
}

ReplyScanner::Step ReplyScanner::take_payload(std::string_view bytes) {
  if (payload_left_ > kLineEnd) {
    const std::size_t size = std::min(payload_left_ - kLineEnd, bytes.size());
    payload_left_ -= size;
    return size;
  }
  if (bytes.front() != (payload_left_ == kLineEnd ? '\r' : '\n')) return ReplyFault::malformed;
  return --payload_left_ == 0 ? end_element() : Step(1);
}

ReplyScanner::Step ReplyScanner::take_of_line(char byte) {
  if (bytes_ >= limits_.bytes_max) return ReplyFault::too_large;
  if (is_line_ending_) return byte == '\n' ? end_line() : Step(ReplyFault::malformed);
  if (byte == '\n') return ReplyFault::malformed;
  is_line_ending_ = byte == '\r';
  if (is_line_ending_) return 1;

  if (line_size_ == 0 && std::string_view("+-:$*").find(byte) == std::string_view::npos)
    return ReplyFault::malformed;
  if (line_size_ < line_.size()) line_[line_size_] = byte;
  ++line_size_;
  const bool is_text = line_[0] == '+' || line_[0] == '-';
  if (!is_text && line_size_ > line_.size()) return ReplyFault::malformed;
  if (line_size_ > limits_.line_bytes_max) return ReplyFault::too_large;
  return 1;
}

ReplyScanner::Step ReplyScanner::end_line() {
  if (line_size_ == 0) return ReplyFault::malformed;
  is_line_ending_ = false;
  switch (line_[0]) {
    case '$': return begin_string();
    case '*': return begin_array();
    case ':':
      if (!number_in({line_.data() + 1, line_size_ - 1})) return ReplyFault::malformed;
      break;
    default: break;
  }
  return end_element();
}

ReplyScanner::Step ReplyScanner::begin_string() {
  const auto size = number_in({line_.data() + 1, line_size_ - 1});
  if (!size || *size < -1) return ReplyFault::malformed;
  if (*size == -1) return end_element();
  if (static_cast<std::uint64_t>(*size) >
      limits_.bytes_max - std::min(limits_.bytes_max, bytes_ + 1 + kLineEnd))
    return ReplyFault::too_large;
  payload_left_ = static_cast<std::size_t>(*size) + kLineEnd;
  line_size_ = 0;
  return 1;
}

ReplyScanner::Step ReplyScanner::begin_array() {
  const auto size = number_in({line_.data() + 1, line_size_ - 1});
  if (!size || *size < -1) return ReplyFault::malformed;
  if (depth_ == left_.size()) return ReplyFault::too_deep;
  if (*size <= 0) return end_element();
  if (static_cast<std::uint64_t>(*size) > limits_.elements_max - elements_)
    return ReplyFault::too_many_elements;
  elements_ += static_cast<std::size_t>(*size);
  left_[depth_++] = static_cast<std::size_t>(*size);
  line_size_ = 0;
  return 1;
}

ReplyScanner::Step ReplyScanner::end_element() {
  line_size_ = 0;
  while (depth_ > 0 && --left_[depth_ - 1] == 0) --depth_;
  is_done_ = depth_ == 0;
  return 1;
}

}  // namespace turnpike::redis
