// Reads and raises resource limits of the process.
#pragma once

#include <cstdint>

namespace turnpike::net {

// Raises the soft limit of open descriptors to the hard limit; returns the limit that holds then.
std::uint64_t raise_descriptor_limit();

// Returns how many descriptors the process may have open now.
std::uint64_t descriptor_limit();

// Makes the kernel's table of descriptors large enough for `count` descriptors, at most 1,048,576, at 8 bytes
// each. The table would otherwise grow by doubling while workers run; with several threads the one that opens
// the descriptor beyond its end waits for every processor, tens of milliseconds on a busy machine. Leaves the
// table as it is if the kernel has no memory for it.
void make_room_for_descriptors(std::uint64_t count);

}  // namespace turnpike::net
