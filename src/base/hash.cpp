#include "turnpike/base/hash.hpp"
