#include "turnpike/base/bytes.hpp"
