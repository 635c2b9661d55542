// Reads the system's clocks.
#pragma once

#include "turnpike/base/time.hpp"

namespace turnpike::net {

// Reads CLOCK_MONOTONIC and the wall clock.
Now read_clock();

}  // namespace turnpike::net
