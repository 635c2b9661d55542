// Comparison of secrets.
#pragma once

#include "turnpike/base/bytes.hpp"

namespace turnpike::crypto {

// Returns whether both have the same size and bytes. The time taken depends on the size only.
bool equal_constant_time(Bytes a, Bytes b);

}  // namespace turnpike::crypto
