// The system's clocks.
#pragma once

#include "turnpike/base/time.hpp"

namespace turnpike::net {

Now read_clock();

}  // namespace turnpike::net
