#include "turnpike/stun/classify.hpp"
