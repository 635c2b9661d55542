// Comparison of secrets.
#pragma once

#include "turnpike/base/bytes.hpp"

namespace turnpike::crypto {

// True if both have the same size and bytes; the time taken depends on the size only.
bool equal_constant_time(Bytes a, Bytes b);

}  // namespace turnpike::crypto
