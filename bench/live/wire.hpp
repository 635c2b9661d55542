// Two cables in a network namespace of this process: frames come in by one and leave by the other.
#pragma once

#include <cstdint>

#include "turnpike/kernel/flow.hpp"

namespace turnpike::bench {

struct Wire {
  std::uint32_t near;  // interface to send into
  std::uint32_t far;   // where it arrives
};

struct Wires {
  Wire in, out;
};

// Leaves the network namespace in which the process was; it needs root, the `ip` command and veth. Throws
// std::runtime_error.
Wires lay_wires();

// Made up; nobody looks.
inline constexpr kernel::MacAddress kNeighbourMac{2, 0, 0, 0, 0, 1};
inline constexpr kernel::MacAddress kOwnMac{2, 0, 0, 0, 0, 2};

}  // namespace turnpike::bench
