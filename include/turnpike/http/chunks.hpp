// Takes the frames of the chunked coding off a body as it arrives (RFC 9112 7.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace turnpike::http {

// Extensions and trailers are read over and forgotten; both have a bound, and beyond it the coding is
// malformed, as it is with anything that RFC 9112 does not have.
class ChunkReader {
 public:
  struct Piece {
    std::span<char> payload;  // a part of what was given
    std::size_t taken = 0;    // less than was given only at the end of the body: the rest is not of it
  };

  // Moves the payload in `bytes` together, over the frames between. No value where the coding is malformed:
  // nothing may be read from then on.
  std::optional<Piece> read(std::span<char> bytes);
  bool is_done() const { return state_ == State::done; }
  // How much payload is certain to follow.
  std::uint64_t chunk_rest() const { return state_ == State::data ? size_ : 0; }

 private:
  enum class State : std::uint8_t {
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer,
    trailer_lf,
    last_lf,
    done
  };

  bool read_frame(char c);
  bool read_size(char c);
  bool read_text(char c, State at_cr);

  State state_ = State::size;
  std::uint64_t size_ = 0;        // of the chunk, then what is left of it
  std::uint32_t digits_ = 0;      // of the size, so far
  std::uint32_t text_bytes_ = 0;  // of the extension, or of all trailers
};

}  // namespace turnpike::http
