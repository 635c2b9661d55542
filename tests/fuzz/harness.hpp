// What fuzz harnesses need: to say what must hold for any input, and to read seeds of one line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "turnpike/base/bytes.hpp"

namespace turnpike::fuzz {

// Thrown where something does not hold: nobody catches it in a libFuzzer program, so that libFuzzer keeps the
// input; the replay prints it.
struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool holds, const char* what) {
  if (!holds) throw Broken(what);
}

inline bool lies_within(Bytes part, Bytes whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// A '|' in a seed stands for the end of a line.
inline std::string with_line_ends(std::string_view seed) {
  std::string expanded;
  for (const char c : seed) {
    if (c == '|') expanded += "\r\n";
    if (c != '|') expanded += c;
  }
  return expanded;
}

}  // namespace turnpike::fuzz
