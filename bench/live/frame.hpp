// The frames that arrive, and the flows that they belong to.
#pragma once

#include <cstdint>
#include <vector>

#include "turnpike/kernel/flow.hpp"

namespace turnpike::bench {

enum class Way : std::uint8_t { to_peer, to_client };

// Flow number `index` of that way; it leaves by `interface`.
kernel::Flow live_flow(Way way, std::uint32_t index, std::uint32_t interface);
// A frame of it with so many bytes of payload, of zeros; with a right checksum.
std::vector<std::uint8_t> live_frame(const kernel::Flow& flow, std::size_t payload_bytes);

}  // namespace turnpike::bench
