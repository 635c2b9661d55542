// A datagram or frame whose bytes lie in several places, so that a header goes in front of a payload without
// moving it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "turnpike/base/bytes.hpp"

namespace turnpike {

// Refers to the parts of one datagram or frame. Any part may be empty. Owns nothing.
struct Parts {
  Bytes header;
  Bytes payload;
  Bytes padding;

  std::size_t size() const { return header.size() + payload.size() + padding.size(); }
  std::array<Bytes, 3> in_order() const { return {header, payload, padding}; }
};

// Returns a copy in one piece. Not for the packet path.
std::vector<std::uint8_t> join(const Parts& parts);

}  // namespace turnpike
