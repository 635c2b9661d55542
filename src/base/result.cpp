#include "turnpike/base/result.hpp"
