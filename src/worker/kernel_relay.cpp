#include "turnpike/worker/kernel_relay.hpp"
