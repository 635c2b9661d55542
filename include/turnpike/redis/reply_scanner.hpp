// Finds where a reply ends, and refuses what no reader should see, before anything is allocated for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "turnpike/base/result.hpp"

namespace turnpike::redis {

enum class ReplyFault : std::uint8_t { malformed, too_large, too_many_elements, too_deep };

// "it is too large", for the log.
std::string_view words(ReplyFault fault);

struct ReplyLimits {
  static constexpr std::size_t kDepthMax = 4;  // arrays in arrays

  std::size_t bytes_max = 1 << 20;    // of a reply, as it is sent
  std::size_t line_bytes_max = 4096;  // of a status or an error
  std::size_t elements_max = 8192;    // of all its arrays together, as they are announced
};

// What is announced counts at once, whether or not it ever comes. Arrays that are open are counted down in
// place:
//
//   *2 *3 :1 :2 ...      left_: [1, 1]      one more of the inner array, then one of the outer
//
// Types of RESP3 are malformed: nobody says HELLO here.
class ReplyScanner {
 public:
  explicit ReplyScanner(const ReplyLimits& limits = {}) : limits_(limits) {}

  // How many of these bytes belong to the reply: all of them, or those up to its end. Not to be called again
  // after a fault.
  Result<std::size_t, ReplyFault> scan(std::string_view bytes);
  // The reply is whole; the next scan() begins another one.
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
  std::size_t payload_left_ = 0;  // of a string, with the end of its line
  std::size_t line_size_ = 0;
  std::array<char, 24> line_{};  // the beginning of the line: its type, and a number whole
  bool is_line_ending_ = false;  // '\r' was there
  bool is_done_ = false;
};

}  // namespace turnpike::redis
