// Finds the end of a reply, and refuses dangerous replies before anything is allocated for them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "turnpike/base/result.hpp"

namespace turnpike::redis {

// The reason why a reply is refused.
enum class ReplyFault : std::uint8_t { malformed, too_large, too_many_elements, too_deep };

// Returns the fault as a clause for the log, e.g. "it is too large".
std::string_view words(ReplyFault fault);

// The bounds of a reply.
struct ReplyLimits {
  static constexpr std::size_t kDepthMax = 4;  // arrays within arrays

  std::size_t bytes_max = 1 << 20;    // encoded
  std::size_t line_bytes_max = 4096;  // of a status or an error
  std::size_t elements_max = 8192;    // of all arrays together, as announced
};

// Scans one reply after the other. Announced bytes and elements count against the limits at once, whether or
// not they arrive. Open arrays are counted down in place:
//
//     *2 *3 :1 :2 ...      left_: [1, 1]      one more of the inner array, then one of the outer
//
// Types of RESP3 are malformed, because no connection sends HELLO.
class ReplyScanner {
 public:
  explicit ReplyScanner(const ReplyLimits& limits = {}) : limits_(limits) {}

  // Returns how many of the bytes belong to the reply: all, or those up to its end. Must not be called after
  // a fault.
  Result<std::size_t, ReplyFault> scan(std::string_view bytes);
  // Returns true if the reply is complete; the next scan() begins another one.
  bool is_done() const { return is_done_; }

 private:
  using Step = Result<std::size_t, ReplyFault>;  // how many bytes it took

  Step take_payload(std::string_view bytes);
  Step take_of_line(char byte);
  Step end_line();
  Step begin_string();
  Step begin_array();
  Step end_element();

  ReplyLimits limits_;
  std::size_t bytes_ = 0;
  std::size_t elements_ = 0;
  std::array<std::size_t, ReplyLimits::kDepthMax> left_{};
  std::size_t depth_ = 0;
  std::size_t payload_left_ = 0;  // bytes of a string, with the end of its line
  std::size_t line_size_ = 0;
  std::array<char, 24> line_{};  // the start of the line: its type, and a number as a whole
  bool is_line_ending_ = false;  // the last byte was '\r'
  bool is_done_ = false;
};

}  // namespace turnpike::redis
