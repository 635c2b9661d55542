// Resource limits of the process.
#pragma once

#include <cstdint>

namespace turnpike::net {

// Raises the number of open descriptors as far as the hard limit allows; returns what it is then.
std::uint64_t raise_descriptor_limit();

// How many this process may have open now.
std::uint64_t descriptor_limit();

// Has the kernel make its table of this process's descriptors large enough for so many, or a million. It
// would grow by doubling otherwise, and whoever opens the descriptor that is one too many then waits for
// every processor, if there are several threads: tens of milliseconds on a busy machine, in which a worker
// relays nothing. Costs 8 bytes each. Where the kernel has no memory for it all stays as it is.
void make_room_for_descriptors(std::uint64_t count);

}  // namespace turnpike::net
