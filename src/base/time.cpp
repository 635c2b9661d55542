#include "turnpike/base/time.hpp"
