// Resource limits of the process.
#pragma once

#include <cstdint>

namespace turnpike::net {

// Raises the number of open descriptors as far as the hard limit allows; returns what it is then.
std::uint64_t raise_descriptor_limit();

}  // namespace turnpike::net
