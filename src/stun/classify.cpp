// Everything about the first byte is in the header.
#include "turnpike/stun/classify.hpp"
