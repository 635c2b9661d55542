#include "turnpike/relay/route.hpp"
