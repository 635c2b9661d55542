#include "turnpike/app/kernel_relay.hpp"
