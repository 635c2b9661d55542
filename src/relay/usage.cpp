#include "turnpike/relay/usage.hpp"
