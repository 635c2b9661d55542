#include "turnpike/turn/route.hpp"
