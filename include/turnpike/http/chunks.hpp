// Removes the framing of the chunked coding from a body as it arrives (RFC 9112 7.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace turnpike::http {

// Reads one chunked body. Extensions and trailers are skipped; each has a bound, and a body that exceeds it
// is malformed, like one that differs from RFC 9112 in anything.
class ChunkReader {
 public:
  // The outcome of read().
  struct Piece {
    std::span<char> payload;  // lies in the bytes that were given
    std::size_t taken = 0;    // bytes of the body; fewer than were given only at its end
  };

  // Moves the payload in `bytes` together, over the framing between. Returns no value if the coding is
  // malformed; read() must not be called again then.
  std::optional<Piece> read(std::span<char> bytes);
  bool is_done() const { return state_ == State::done; }
  // Returns how many bytes of payload certainly follow, the rest of the current chunk.
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
  std::uint64_t size_ = 0;        // bytes of the chunk, then those that are left
  std::uint32_t digits_ = 0;      // read so far of the chunk's size
  std::uint32_t text_bytes_ = 0;  // read so far of the extension, or of all trailers
};

}  // namespace turnpike::http
