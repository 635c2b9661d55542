// The frames that arrive, and the flows that they belong to.
#pragma once

#include <cstdint>
#include <vector>

#include "turnpike/kernel/flow.hpp"

namespace turnpike::bench {

enum class Way : std::uint8_t { to_peer, to_client };

struct Interfaces {
  std::uint32_t in, out;  // indexes
};

// Flow number `index` of that way, which comes in and leaves by these interfaces.
kernel::Flow live_flow(Way way, std::uint32_t index, const Interfaces& interfaces);
// A frame of it with so many bytes of payload, of zeros; with a right checksum.
std::vector<std::uint8_t> live_frame(const kernel::Flow& flow, std::size_t payload_bytes);

}  // namespace turnpike::bench
