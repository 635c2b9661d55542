#include "turnpike/kernel/flow.hpp"
