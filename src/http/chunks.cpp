#include "turnpike/http/chunks.hpp"

#include <algorithm>
#include <cstring>

namespace turnpike::http {
namespace {

constexpr std::uint32_t kDigitsMax = 15;       // of a size, which so fits 60 bits
constexpr std::uint32_t kTextBytesMax = 4096;  // of one extension, and of all trailers

std::optional<std::uint64_t> hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

}  // namespace

std::optional<ChunkReader::Piece> ChunkReader::read(std::span<char> bytes) {
  std::size_t start = 0;  // of the payload, which grows behind it
  std::size_t size = 0;
  std::size_t at = 0;
  while (at < bytes.size() && !is_done()) {
    if (state_ != State::data) {
      if (!read_frame(bytes[at++])) return std::nullopt;
      continue;
    }
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(size_, bytes.size() - at));
    if (size == 0) start = at;
    if (start + size != at) std::memmove(&bytes[start + size], &bytes[at], part);
    size += part;
    at += part;
    size_ -= part;
    if (size_ == 0) state_ = State::data_cr;
  }
  return Piece{bytes.subspan(start, size), at};
}

// False: it is malformed.
bool ChunkReader::read_frame(char c) {
  const auto expect = [&](char expected, State next) {
    state_ = next;
    return c == expected;
  };
  switch (state_) {
    case State::size: return read_size(c);
    case State::extension: return read_text(c, State::size_lf);
    case State::size_lf:
      text_bytes_ = 0;
      return expect('\n', size_ == 0 ? State::trailer_start : State::data);
    case State::data_cr: return expect('\r', State::data_lf);
    case State::data_lf: digits_ = 0; return expect('\n', State::size);
    case State::trailer_start:
      if (c == '\r') return expect('\r', State::last_lf);
      if (c == ' ' || c == '\t') return false;  // a fold
      state_ = State::trailer;
      return read_text(c, State::trailer_lf);
    case State::trailer: return read_text(c, State::trailer_lf);
    case State::trailer_lf: return expect('\n', State::trailer_start);
    case State::last_lf: return expect('\n', State::done);
    case State::data:
    case State::done: break;
  }
  return false;
}

bool ChunkReader::read_size(char c) {
  if (const auto digit = hex_value(c)) {
    size_ = digits_ == 0 ? *digit : size_ << 4 | *digit;
    return ++digits_ <= kDigitsMax;
  }
  if (digits_ == 0) return false;
  state_ = c == ';' ? State::extension : State::size_lf;
  return c == ';' || c == '\r';
}

// Of no interest but for its end.
bool ChunkReader::read_text(char c, State at_cr) {
  if (c == '\r') {
    state_ = at_cr;
    return true;
  }
  const bool is_control = (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F;
  return !is_control && ++text_bytes_ <= kTextBytesMax;
}

}  // namespace turnpike::http
