#include "turnpike/livekit/ageing_map.hpp"
